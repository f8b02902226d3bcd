//! What a browser gets: hashed for ever, gzip where it helps, the present version for another's hash, 404 for the rest.

use axum::body::to_bytes;
use axum::http::Request;
use tower::ServiceExt as _;

use super::*;

async fn ask(path: &str, gzip: bool) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = Request::builder().uri(path);
    if gzip {
        request = request.header(ACCEPT_ENCODING, "br, gzip;q=0.8");
    }
    let response = router::<()>().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, to_bytes(body, 1 << 20).await.unwrap().to_vec())
}

#[tokio::test]
async fn a_hashed_file_is_kept_for_ever_and_packed_where_the_browser_takes_it() {
    let (status, headers, plain) = ask(url("app.css"), false).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(headers[CONTENT_TYPE], "text/css; charset=utf-8");
    assert_eq!(headers[VARY], "accept-encoding");
    let (_, headers, packed) = ask(url("app.css"), true).await;
    assert_eq!(headers[CONTENT_ENCODING], "gzip");
    assert!(packed.len() < plain.len() / 3);
}

#[tokio::test]
async fn another_versions_hash_gets_the_present_file_but_is_not_kept() {
    let (status, headers, body) = ask("/assets/js/boot.00000000.js", false).await;
    assert_eq!((status, headers[CACHE_CONTROL].to_str().unwrap()), (StatusCode::OK, "no-cache"));
    assert_eq!(body, find("js/boot.js").unwrap().bytes);
}

#[tokio::test]
async fn what_is_not_an_asset_is_not_found() {
    for path in [
        "/assets/app.css",
        "/assets/app.zzzzzzzz.css",
        "/assets/../Cargo.toml",
        "/assets/unknown",
        "/assets/js/",
    ] {
        assert_eq!(ask(path, false).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_manifest_speaks_both_languages_and_its_icons_exist() {
    for (lang, name) in [("zh-CN", "长明"), ("en", "Everlit")] {
        let (status, headers, body) = ask(&format!("/manifest.webmanifest?lang={lang}"), false).await;
        assert_eq!(
            (status, headers[CONTENT_TYPE].to_str().unwrap()),
            (StatusCode::OK, "application/manifest+json")
        );
        let manifest: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(manifest["name"], name);
        for icon in manifest["icons"].as_array().unwrap() {
            assert_eq!(ask(icon["src"].as_str().unwrap(), false).await.0, StatusCode::OK);
        }
    }
    assert_eq!(ask("/favicon.svg", true).await.0, StatusCode::OK);
}
