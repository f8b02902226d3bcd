//! What holds for every page: both languages, one `h1`, no inline code, references that resolve, budgets.

mod sample;

use std::collections::HashSet;
use std::io::Write as _;

use kernel::Locale;
use web::assets;

fn each(check: impl Fn(&str, &str) -> Result<(), String>) {
    for locale in Locale::ALL {
        for (name, html) in sample::pages(locale) {
            let fault = check(&html, locale.tag()).err();
            assert!(fault.is_none(), "{name} in {}: {}", locale.tag(), fault.unwrap_or_default());
        }
    }
}

/// The values of one attribute.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let opening = format!(" {attribute}=\"");
    html.split(opening.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn gzip_len(bytes: &[u8]) -> std::io::Result<usize> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

#[test]
fn every_page_names_its_language_and_has_one_first_heading() {
    each(|html, tag| {
        if !html.starts_with("<!DOCTYPE html><html lang=") || !html.contains(&format!("<html lang=\"{tag}\""))
        {
            return Err("no language".to_owned());
        }
        match html.matches("<h1").count() {
            1 => Ok(()),
            other => Err(format!("{other} first headings")),
        }
    });
}

#[test]
fn no_page_carries_inline_style_script_or_handlers() {
    each(|html, _| {
        for bad in [" style=", "<style", " onclick=", " onload=", " onsubmit=", "javascript:", "<script>"] {
            if html.contains(bad) {
                return Err(bad.to_owned());
            }
        }
        Ok(())
    });
}

#[test]
fn every_reference_resolves() {
    let urls: HashSet<&str> = assets::all().map(|asset| asset.url.as_str()).collect();
    each(|html, _| {
        let refs = values(html, "src").into_iter().chain(values(html, "href"));
        for reference in refs.filter(|reference| reference.starts_with("/assets/")) {
            if !urls.contains(reference) {
                return Err(format!("no asset {reference}"));
            }
        }
        let ids: Vec<&str> = values(html, "id");
        let unique: HashSet<&str> = ids.iter().copied().collect();
        if ids.len() != unique.len() {
            return Err(format!("an id occurs twice among {ids:?}"));
        }
        let pointed = [
            "for",
            "aria-describedby",
            "aria-labelledby",
            "aria-controls",
            "form",
            "data-show",
            "data-count",
        ]
        .iter()
        .flat_map(|attribute| values(html, attribute))
        .flat_map(str::split_whitespace)
        .chain(values(html, "href").into_iter().filter_map(|href| href.strip_prefix('#')));
        for id in pointed {
            if !unique.contains(id) {
                return Err(format!("nothing has the id {id}"));
            }
        }
        Ok(())
    });
}

#[test]
fn every_post_form_carries_the_token() {
    each(|html, _| {
        for form in html.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or_default();
            if form.contains("method=\"post\"") && !form.contains("name=\"csrf\"") {
                return Err(form.to_owned());
            }
        }
        Ok(())
    });
}

#[test]
fn pages_and_assets_stay_within_their_budgets() {
    const KB: usize = 1024;
    each(|html, _| {
        let size = gzip_len(html.as_bytes()).map_err(|error| error.to_string())?;
        if size > 15 * KB { Err(format!("{size} bytes of HTML")) } else { Ok(()) }
    });
    let packed = |names: &[&str]| -> usize {
        names.iter().map(|name| assets::find(name).expect("a known asset").packed_len()).sum()
    };
    assert!(packed(&["app.css", "console.css", "print.css"]) <= 12 * KB);
    let portal = ["js/boot.js", "js/time.js", "js/live.js", "js/form.js", "js/chart.js"];
    assert!(packed(&portal) <= 8 * KB, "{}", packed(&portal));
    let console: Vec<&str> =
        assets::all().map(|asset| asset.name).filter(|name| name.starts_with("js/")).collect();
    assert!(packed(&console) <= 25 * KB);
}

#[test]
fn scripts_are_short_and_say_what_happens_without_them() {
    for asset in assets::all().filter(|asset| asset.name.starts_with("js/")) {
        let text = std::str::from_utf8(asset.bytes).unwrap();
        assert!(text.lines().count() <= 200, "{}", asset.name);
        let header: String = text.lines().take_while(|line| line.starts_with("//")).collect();
        assert!(header.contains("Without this module"), "{}", asset.name);
        assert!(!text.contains("innerHTML") || asset.name == "js/live.js", "{}", asset.name);
    }
}

#[test]
fn an_error_page_says_so_in_the_title_and_focuses_the_summary() {
    for locale in Locale::ALL {
        let pages = sample::pages(locale);
        let (_, form) = pages.iter().find(|(name, _)| *name == "form").unwrap();
        assert!(form.contains(locale.pick("<title>错误：", "<title>Error: ")));
        assert!(form.contains("role=\"alert\" tabindex=\"-1\""));
        assert!(form.contains("href=\"#f-phone\"") && form.contains("id=\"f-phone\""));
        assert!(form.contains("href=\"#f-slot\"") && form.contains("id=\"f-slot\""));
    }
}
