//! A post office that takes every letter and throws it away, so that messages are delivered and their jobs end.

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Takes letters (SMTP, RFC 5321) until dropped.
pub(super) async fn serve(listener: TcpListener) {
    let mut visits = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        visits.spawn(visit(stream));
        while visits.try_join_next().is_some() {}
    }
}

async fn visit(stream: TcpStream) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut in_letter = false;
    write.write_all(b"220 bench\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer: &[u8] = if in_letter {
            if line != "." {
                continue;
            }
            in_letter = false;
            b"250 taken\r\n"
        } else if line.eq_ignore_ascii_case("DATA") {
            in_letter = true;
            b"354 go on\r\n"
        } else if line.eq_ignore_ascii_case("QUIT") {
            return write.write_all(b"221 bye\r\n").await;
        } else {
            b"250 fine\r\n"
        };
        write.write_all(answer).await?;
    }
    Ok(())
}
