//! The user service.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    airline::serve::serve(airline::users::routes()).await
}
