//! Writes that are made of several pieces.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;

/// Up to this much, one copy costs less than telling the kernel of several pieces.
const SMALL: usize = 1 << 10;

/// A vectored write, as one plain write where that is cheaper: a head and a short body, or one piece.
pub fn poll_write(
    stream: Pin<&mut impl AsyncWrite>,
    cx: &mut Context<'_>,
    slices: &[IoSlice<'_>],
) -> Poll<io::Result<usize>> {
    if let [only] = slices {
        return stream.poll_write(cx, only);
    }
    let whole: usize = slices.iter().map(|slice| slice.len()).sum();
    if whole > SMALL {
        return stream.poll_write_vectored(cx, slices);
    }
    let mut piece = [0; SMALL];
    let mut end = 0;
    for slice in slices {
        piece[end..end + slice.len()].copy_from_slice(slice);
        end += slice.len();
    }
    stream.poll_write(cx, &piece[..end])
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// Counts calls and keeps what they wrote.
    #[derive(Default)]
    struct Log {
        plain: Vec<Vec<u8>>,
        vectored: Vec<usize>,
    }

    impl AsyncWrite for Log {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.get_mut().plain.push(bytes.to_vec());
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            self.get_mut().vectored.push(slices.len());
            Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn written(pieces: &[&[u8]]) -> (usize, Log) {
        let slices: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        let mut log = Log::default();
        let mut cx = Context::from_waker(Waker::noop());
        match poll_write(Pin::new(&mut log), &mut cx, &slices) {
            Poll::Ready(Ok(count)) => (count, log),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn short_pieces_are_joined() {
        let (count, log) = written(&[b"head", b"", b"body"]);
        assert_eq!((count, log.plain, log.vectored), (8, vec![b"headbody".to_vec()], vec![]));
    }

    #[test]
    fn one_piece_goes_out_as_it_is() {
        let long = vec![7; SMALL * 2];
        let (count, log) = written(&[&long]);
        assert_eq!((count, log.plain, log.vectored), (long.len(), vec![long], vec![]));
    }

    #[test]
    fn long_pieces_are_not_copied() {
        let (count, log) = written(&[b"head", &[7; SMALL]]);
        assert_eq!((count, log.plain, log.vectored), (SMALL + 4, vec![], vec![2]));
    }
}
