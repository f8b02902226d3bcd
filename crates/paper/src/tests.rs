//! Drawing for real, with a Chinese font of this machine, and reading what was drawn with `pdftotext`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::{Column, Fact, Font, FontError, Made, Seal, Sheet, Table, render};

/// Where a font with Chinese characters lies on the systems that tests run on; the number is its face in the file.
const PLACES: &[(&str, u32)] = &[
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/System/Library/Fonts/PingFang.ttc", 0),
];

fn font() -> Font {
    let found = PLACES.iter().find_map(|(path, face)| Some((std::fs::read(path).ok()?, *face)));
    let (bytes, face) = found.expect("a Chinese font is installed (on Debian: fonts-noto-cjk)");
    Font::read(bytes, face).unwrap()
}

fn sheet(rows: usize) -> Sheet {
    Sheet {
        language: "zh-CN".to_owned(),
        title: "对账单".to_owned(),
        subtitle: "2026 年 10 月".to_owned(),
        number: "01HV-6K2M-9Q7R-TC".to_owned(),
        facts: vec![
            Fact::new("户名", "王**"),
            Fact::new("期初余额（元）", "1,300.00"),
            Fact::new("币种", "人民币"),
        ],
        tables: vec![Table {
            title: "明细".to_owned(),
            columns: vec![Column::left("时间", 3), Column::left("摘要", 5), Column::right("金额（元）", 2)],
            rows: (1..=rows)
                .map(|row| {
                    vec![
                        format!("2026-10-{:02} 09:30", row % 28 + 1),
                        format!("话费充值第{row}笔"),
                        "50.00".to_owned(),
                    ]
                })
                .collect(),
        }],
        totals: vec![Fact::new("期末余额", "¥1,300.00（壹仟叁佰元整）")],
        notes: vec!["本单由系统出具。".to_owned()],
        issuer: "长明".to_owned(),
        issued: "2026-11-01 00:00".to_owned(),
        made: Made { year: 2026, month: 10, day: 31, hour: 16, minute: 0, second: 0 },
        seal: Some(Seal {
            term: "验证码".to_owned(),
            code: "7Q2M-9K4T-XB".to_owned(),
            words: "在 https://counter.example/verify 核对".to_owned(),
            address: "https://counter.example/verify?number=01HV-6K2M-9Q7R-TC&code=7Q2M-9K4T-XB".to_owned(),
        }),
    }
}

/// The words of each page.
fn read(pdf: &[u8]) -> Vec<String> {
    let mut reader = Command::new("pdftotext")
        .args(["-layout", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pdftotext is installed (on Debian: poppler-utils)");
    reader.stdin.take().unwrap().write_all(pdf).unwrap();
    let text = String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap();
    text.split('\u{c}').filter(|page| !page.trim().is_empty()).map(str::to_owned).collect()
}

#[test]
fn what_a_sheet_says_can_be_read_from_its_pdf() {
    let pages = read(&render(&sheet(3), &font()).unwrap());
    assert_eq!(pages.len(), 1);
    for part in [
        "对账单",
        "2026 年 10 月",
        "01HV-6K2M-9Q7R-TC",
        "王**",
        "话费充值第3笔",
        "壹仟叁佰元整",
        "7Q2M-9K4T-XB",
        "1 / 1",
    ] {
        assert!(pages[0].contains(part), "{part} is missing in\n{}", pages[0]);
    }
}

#[test]
fn a_long_table_goes_on_over_pages_each_with_its_head_and_number() {
    let pages = read(&render(&sheet(200), &font()).unwrap());
    assert!(pages.len() > 3, "{} pages", pages.len());
    let all = pages.concat();
    for row in 1..=200 {
        assert!(all.contains(&format!("第{row}笔")), "row {row} is missing");
    }
    for (place, page) in pages.iter().enumerate() {
        assert!(page.contains(&format!("{} / {}", place + 1, pages.len())));
        assert_eq!(
            page.contains("第"),
            page.contains("摘要"),
            "rows without their head on page {}",
            place + 1
        );
    }
}

#[test]
fn the_same_sheet_gives_the_same_bytes() {
    let font = font();
    assert_eq!(render(&sheet(40), &font).unwrap(), render(&sheet(40), &font).unwrap());
    assert_ne!(render(&sheet(40), &font).unwrap(), render(&sheet(41), &font).unwrap());
}

#[test]
fn the_font_travels_in_the_file_and_only_the_characters_that_are_used() {
    let pdf = render(&sheet(3), &font()).unwrap();
    assert!(pdf.len() < 200_000, "{} bytes", pdf.len());
    assert!(pdf.windows(9).any(|part| part == b"/FontFile"), "no font is embedded");
}

#[test]
fn a_character_without_a_glyph_and_a_word_without_an_end_are_drawn_all_the_same() {
    let mut odd = sheet(1);
    odd.facts.push(Fact::new("备注", "谢谢\u{10FFFF}\u{7}收到"));
    odd.tables[0].rows.push(vec!["w".repeat(400), String::new()]);
    let pages = read(&render(&odd, &font()).unwrap());
    assert!(pages[0].contains("谢谢〓"), "{}", pages[0]);
    assert!(pages[0].matches('w').count() == 400);
}

#[test]
fn what_is_no_font_or_has_no_chinese_characters_is_refused() {
    assert_eq!(Font::read(b"no font".to_vec(), 0).unwrap_err(), FontError::Unreadable);
    assert_eq!(Font::read(Vec::new(), 3).unwrap_err(), FontError::Unreadable);
}

#[test]
fn a_sheet_that_was_kept_is_the_same_sheet() {
    let kept = serde_json::to_string(&sheet(2)).unwrap();
    assert_eq!(serde_json::from_str::<Sheet>(&kept).unwrap(), sheet(2));
}
