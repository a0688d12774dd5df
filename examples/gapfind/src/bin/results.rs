//! The function behind `POST /results`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    gapfind::serve::serve(gapfind::search::answer).await
}
