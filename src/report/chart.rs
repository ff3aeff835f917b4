//! Charts as inline SVG: they take their colours from the page's style sheet, so they follow its
//! theme and print, and need no script.
//!
//! Colours are class names (`tone-junk`); positions are attributes, since a Content-Security-Policy
//! without `unsafe-inline` refuses `style` attributes.

use maud::{Markup, html};

/// One part of a bar.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Class that colours it.
    pub class: &'a str,
    /// Its share, in the unit of the whole.
    pub value: u64,
    /// What a pointer resting on it shows.
    pub label: &'a str,
}

/// A horizontal bar of `parts`, as long as its share of `whole`.
///
/// It stretches to its container's width. It is decoration: the numbers stand beside it as text.
pub fn bar(parts: &[Part<'_>], whole: u64) -> Markup {
    let mut x = 0.0;
    let scaled: Vec<(f64, f64, &Part<'_>)> = parts
        .iter()
        .filter(|part| part.value > 0)
        .map(|part| {
            let width = share(part.value, whole) * 100.0;
            let at = x;
            x += width;
            (at, width, part)
        })
        .collect();
    html! {
        svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            @for (at, width, part) in scaled {
                rect class=(part.class) x=(number(at)) y="0" width=(number(width)) height="1" {
                    title { (part.label) }
                }
            }
        }
    }
}

/// One column of [`columns`].
#[derive(Debug, Clone)]
pub struct Column {
    /// Stacked from the bottom: class and value.
    pub parts: Vec<(&'static str, u64)>,
    /// What a pointer resting on it shows.
    pub label: String,
}

/// Stacked columns over time, all as wide as each other, the highest as high as the chart.
///
/// `summary` says in words what it shows.
pub fn columns(columns: &[Column], summary: &str) -> Markup {
    let highest = columns
        .iter()
        .map(|column| column.parts.iter().map(|(_, value)| value).sum::<u64>())
        .max()
        .unwrap_or(0);
    let step = 1000.0 / columns.len().max(1) as f64;
    let width = step * 0.82;
    // A few columns stay columns and do not become blocks.
    let across = columns.len().min(16) as f64 / 16.0 * 100.0;
    html! {
        svg class="columns" viewBox="0 0 1000 200" width=(format!("{}%", number(across))) preserveAspectRatio="none" role="img" aria-label=(summary) {
            @for (at, column) in columns.iter().enumerate() {
                @let x = at as f64 * step + (step - width) / 2.0;
                g {
                    title { (column.label) }
                    @for (class, top, height) in stacked(column, highest) {
                        rect class=(class) x=(number(x)) y=(number(top)) width=(number(width)) height=(number(height)) {}
                    }
                }
            }
        }
    }
}

/// Class, top and height of each part of a column, on a scale of 200.
fn stacked(column: &Column, highest: u64) -> Vec<(&'static str, f64, f64)> {
    let mut top = 200.0;
    column
        .parts
        .iter()
        .filter(|(_, value)| *value > 0)
        .map(|(class, value)| {
            // What is there is seen, however high its neighbours are.
            let height = (share(*value, highest) * 200.0).max(2.0);
            top = (top - height).max(0.0);
            (*class, top, height)
        })
        .collect()
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// At most two digits after the point, and none where they are zero.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_bar_follow_each_other_and_share_its_length() {
        let parts = [
            Part { class: "a", value: 1, label: "one" },
            Part { class: "b", value: 0, label: "none" },
            Part { class: "c", value: 3, label: "three" },
        ];
        let svg = bar(&parts, 8).into_string();
        assert!(svg.contains(r#"<rect class="a" x="0" y="0" width="12.5" height="1">"#), "{svg}");
        assert!(
            svg.contains(r#"<rect class="c" x="12.5" y="0" width="37.5" height="1">"#),
            "{svg}"
        );
        assert!(!svg.contains("class=\"b\""));
    }

    #[test]
    fn an_empty_whole_makes_no_division_by_zero() {
        let svg = bar(&[Part { class: "a", value: 1, label: "" }], 0).into_string();
        assert!(svg.contains(r#"width="0""#));
        assert!(columns(&[], "").into_string().contains("<svg"));
    }

    #[test]
    fn the_highest_column_fills_the_chart_and_the_least_part_is_seen() {
        let high = Column { parts: vec![("a", 1_000), ("b", 0)], label: String::new() };
        let low = Column { parts: vec![("a", 1)], label: String::new() };
        assert_eq!(stacked(&high, 1_000), vec![("a", 0.0, 200.0)]);
        assert_eq!(stacked(&low, 1_000), vec![("a", 198.0, 2.0)]);
    }
}
