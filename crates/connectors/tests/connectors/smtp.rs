use connectors::sender::{
    Letter, SendError, Sender as _, SmtpConfig, SmtpConfigError, SmtpSecurity, SmtpSender,
};
use kernel::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

fn config(port: u16) -> SmtpConfig {
    SmtpConfig {
        host: "127.0.0.1".to_owned(),
        port,
        security: SmtpSecurity::Plain,
        login: None,
        from: "长明 <counter@example.com>".to_owned(),
        timeout: Duration::from_secs(5),
    }
}

fn letter(to: &str) -> Letter {
    Letter {
        id: "msg_1".to_owned(),
        to: to.to_owned(),
        subject: "验证码".to_owned(),
        text: "您的验证码是 123456".to_owned(),
        html: Some("<p>123456</p>".to_owned()),
    }
}

/// A mail server for one letter: answers `verdict` to RCPT and gives back what it was sent.
async fn mail_server(verdict: &'static str) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    #[allow(clippy::disallowed_methods, reason = "awaited by the test")]
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 test\r\n").await.unwrap();
        let (mut received, mut in_data) = (String::new(), false);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return received;
            }
            received.push_str(&line);
            let reply = match (in_data, line.trim_end()) {
                (true, ".") => {
                    in_data = false;
                    "250 taken"
                }
                (true, _) => continue,
                (false, command) if command.starts_with("RCPT") => verdict,
                (false, "DATA") => {
                    in_data = true;
                    "354 go on"
                }
                (false, "QUIT") => "221 bye",
                (false, _) => "250 ok",
            };
            stream.write_all(format!("{reply}\r\n").as_bytes()).await.unwrap();
        }
    });
    (port, task)
}

#[tokio::test]
async fn a_letter_is_handed_to_the_mail_server() {
    let (port, server) = mail_server("250 ok").await;
    let sender = SmtpSender::new(&config(port)).unwrap();
    sender.send(&letter("lin@example.com")).await.unwrap();
    drop(sender);
    let received = server.await.unwrap();
    for part in ["RCPT TO:<lin@example.com>", "Message-ID: <msg_1@example.com>", "multipart/alternative"] {
        assert!(received.contains(part), "{part} is missing in {received}");
    }
}

#[tokio::test]
async fn refusals_of_the_mail_server_are_permanent_or_temporary() {
    for (verdict, permanent) in [("550 no such person", true), ("451 try later", false)] {
        let (port, _server) = mail_server(verdict).await;
        let error =
            SmtpSender::new(&config(port)).unwrap().send(&letter("lin@example.com")).await.unwrap_err();
        assert_eq!(matches!(error, SendError::Permanent(_)), permanent, "{verdict}");
    }
}

#[tokio::test]
async fn an_address_with_a_line_break_is_refused_before_sending() {
    let sender = SmtpSender::new(&config(1)).unwrap();
    for to in ["lin@example.com\r\nBcc: all@example.com", "no address", ""] {
        assert!(matches!(sender.send(&letter(to)).await, Err(SendError::Permanent(_))), "{to:?}");
    }
}

#[test]
fn a_password_is_never_sent_unencrypted() {
    let login = Some(("user".to_owned(), "password".to_owned()));
    let plain = SmtpConfig { login: login.clone(), ..config(25) };
    assert_eq!(SmtpSender::new(&plain).err(), Some(SmtpConfigError::PasswordInTheClear));
    for security in [SmtpSecurity::Tls, SmtpSecurity::StartTls] {
        assert!(SmtpSender::new(&SmtpConfig { security, login: login.clone(), ..config(465) }).is_ok());
    }
    assert!(!format!("{plain:?}").contains("password"));
}
