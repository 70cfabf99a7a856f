//! Bar charts as SVG.
//!
//! A chart has a background of its own, light or dark as the reader prefers: a page that shows it may follow that
//! preference or not, and the text is readable on both.

use std::fmt::Write as _;

/// Widths and heights, in pixels.
const WIDTH: f64 = 720.0;
const MARGIN: f64 = 16.0;
const LABEL: f64 = 200.0;
const VALUE: f64 = 70.0;
const ROW: f64 = 20.0;
const BAR: f64 = 13.0;
const HEADING: f64 = 30.0;

const STYLE: &str = "\
.back { fill: #ffffff; } .text { fill: #1f2328; } .note { fill: #59636e; } .other { fill: #8c96a1; } .ours { fill: #0969da; }
text { font: 13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; }
.title { font-size: 16px; font-weight: 600; } .group { font-weight: 600; }
@media (prefers-color-scheme: dark) {
.back { fill: #161b22; } .text { fill: #e6edf3; } .note { fill: #9198a1; } .other { fill: #6e7681; } .ours { fill: #4493f8; }
}
";

/// A bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it is of.
    pub label: String,
    /// How long it is, compared with the others of its group.
    pub length: f64,
    /// What is written at its end.
    pub value: String,
    /// Whether it is of our tool.
    pub ours: bool,
}

/// Bars on one scale.
#[derive(Clone, Debug)]
pub struct Group {
    /// The heading.
    pub title: String,
    /// From the top down.
    pub bars: Vec<Bar>,
}

/// Draws groups below one another. Each has a scale of its own, from zero to its longest bar.
pub fn draw(title: &str, note: &str, groups: &[Group]) -> String {
    let rows: usize = groups.iter().map(|group| group.bars.len()).sum();
    let height = MARGIN * 2.0 + 44.0 + groups.len() as f64 * (HEADING + 6.0) + rows as f64 * ROW;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n<title>{0}</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"back\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>\n\
         <text class=\"text title\" x=\"{MARGIN}\" y=\"34\">{0}</text>\n\
         <text class=\"note\" x=\"{MARGIN}\" y=\"54\">{1}</text>\n",
        escaped(title),
        escaped(note)
    );
    let mut y = MARGIN + 44.0;
    for group in groups {
        y += HEADING;
        let heading = escaped(&group.title);
        let _ = writeln!(
            svg,
            "<text class=\"text group\" x=\"{MARGIN}\" y=\"{:.1}\">{heading}</text>",
            y - 6.0
        );
        let longest = group.bars.iter().map(|bar| bar.length).fold(0.0, f64::max);
        for bar in &group.bars {
            svg += &drawn(bar, longest, y);
            y += ROW;
        }
        y += 6.0;
    }
    svg + "</svg>\n"
}

/// One bar with what is written on both sides.
fn drawn(bar: &Bar, longest: f64, y: f64) -> String {
    let room = WIDTH - MARGIN * 2.0 - LABEL - VALUE;
    let share = if longest > 0.0 { bar.length / longest } else { 0.0 };
    // Something is seen of the shortest, too.
    let length = (room * share).max(1.0);
    let left = MARGIN + LABEL;
    let class = if bar.ours { "ours" } else { "other" };
    let base = y + BAR - 2.0;
    format!(
        "<text class=\"text\" x=\"{:.1}\" y=\"{base:.1}\" text-anchor=\"end\">{}</text>\
         <rect class=\"{class}\" x=\"{left}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"{BAR}\"/>\
         <text class=\"note\" x=\"{:.1}\" y=\"{base:.1}\">{}</text>\n",
        left - 8.0,
        escaped(&bar.label),
        left + length + 6.0,
        escaped(&bar.value),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(length: f64) -> Bar {
        Bar { label: "a < b & c".to_owned(), length, value: format!("{length} s"), ours: false }
    }

    #[test]
    fn the_longest_bar_fills_its_group() {
        let groups = [
            Group { title: "first".to_owned(), bars: vec![bar(1.0), bar(4.0)] },
            Group { title: "second".to_owned(), bars: vec![bar(0.0), bar(100.0)] },
        ];
        let svg = draw("Time", "shorter is better", &groups);
        let room = WIDTH - MARGIN * 2.0 - LABEL - VALUE;
        let with =
            |width: f64| svg.matches(&format!("width=\"{width:.1}\" height=\"{BAR}\"")).count();
        assert_eq!((with(room), with(room / 4.0), with(1.0)), (2, 1, 1), "{svg}");
    }

    #[test]
    fn it_is_well_formed() {
        let svg = draw("a & b", "", &[Group { title: "<".to_owned(), bars: vec![bar(0.0)] }]);
        assert!(svg.contains("a &lt; b &amp; c") && !svg.contains("& "), "{svg}");
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }
}
