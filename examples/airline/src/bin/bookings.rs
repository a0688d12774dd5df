//! The booking service.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    airline::serve::serve(airline::bookings::routes()).await
}
