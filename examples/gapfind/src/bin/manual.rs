//! The function behind `POST /manual`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    gapfind::serve::serve(gapfind::registration::answer).await
}
