//! The documents of all services, as one page.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    airline::serve::serve(airline::docs::routes()).await
}
