//! The function behind `POST /analyze`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    gapfind::serve::serve(gapfind::survey::answer).await
}
