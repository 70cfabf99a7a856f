//! Which format a client wants (PEP 691, RFC 9110 section 12.5.1).

/// A format of the pages for installers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// HTML, as of old and for browsers.
    Html,
    /// HTML, as PEP 691 names it.
    NamedHtml,
    /// JSON.
    Json,
}

impl Format {
    /// All of them; the first is for who does not mind.
    pub const ALL: [Self; 3] = [Self::Html, Self::NamedHtml, Self::Json];

    /// The value of `Content-Type`.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::NamedHtml => "application/vnd.pypi.simple.v1+html",
            Self::Json => "application/vnd.pypi.simple.v1+json",
        }
    }

    /// The media types by which clients ask for it.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Html => &["text/html"],
            Self::NamedHtml => {
                &["application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.latest+html"]
            }
            Self::Json => {
                &["application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.latest+json"]
            }
        }
    }
}

/// The format that a client wants most, by the header `Accept`; `None` where it wants no format that there is.
#[must_use]
pub fn choose(accept: Option<&str>) -> Option<Format> {
    let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else {
        return Some(Format::Html);
    };
    let ranges: Vec<(&str, u32)> = accept.split(',').filter_map(range).collect();
    let quality = |format: Format| {
        // Of ranges that cover a type, the narrowest counts.
        let fit = |(range, quality): &(&str, u32)| Some((specificity(range, format)?, *quality));
        ranges.iter().filter_map(fit).max_by_key(|(specificity, _)| *specificity)
    };
    let wanted = Format::ALL.into_iter().filter_map(|format| {
        let (specificity, quality) = quality(format)?;
        (quality > 0).then_some((format, (quality, specificity)))
    });
    // The last of equal ones is JSON, which says most; a client that takes anything gets HTML.
    let best = wanted.max_by_key(|(_, rank)| *rank)?;
    Some(if best.1.1 == 0 { Format::Html } else { best.0 })
}

/// A media range, without its parameters, and its quality in thousandths.
fn range(text: &str) -> Option<(&str, u32)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().filter(|range| range.contains('/'))?;
    let quality =
        parts.filter_map(|parameter| parameter.split_once('=')).find_map(|(name, value)| {
            let quality =
                name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse::<f32>())?;
            Some(quality.ok().filter(|quality| (0.0..=1.0).contains(quality)).unwrap_or(0.0))
        });
    Some((range, (quality.unwrap_or(1.0) * 1000.0) as u32))
}

/// How closely a media range fits a format: 2 names it, 1 names its type, 0 takes anything.
fn specificity(range: &str, format: Format) -> Option<u8> {
    let is = |name: &&str| name.eq_ignore_ascii_case(range);
    if format.names().iter().any(is) {
        return Some(2);
    }
    match range {
        "*/*" => Some(0),
        "text/*" if format == Format::Html => Some(1),
        "application/*" if format != Format::Html => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_get_what_they_want_most() {
        for (accept, format) in [
            // pip, uv, browsers, curl.
            (
                "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01",
                Some(Format::Json),
            ),
            (
                "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01",
                Some(Format::Json),
            ),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(Format::Html)),
            ("*/*", Some(Format::Html)),
            ("", Some(Format::Html)),
            ("application/vnd.pypi.simple.latest+html", Some(Format::NamedHtml)),
            ("application/vnd.pypi.simple.v1+json;q=0, */*", Some(Format::Html)),
            ("application/vnd.pypi.simple.v2+json", None),
            ("text/html;q=0", None),
            ("text/html;q=nonsense", None),
            ("nonsense", None),
            ("text/*", Some(Format::Html)),
        ] {
            assert_eq!(choose(Some(accept)), format, "{accept}");
        }
        assert_eq!(choose(None), Some(Format::Html));
    }
}
