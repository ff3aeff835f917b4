use super::*;
use crate::fact::Place;
use proptest::prelude::*;

fn example(row: u64, certainty: Certainty) -> Example {
    let evidence = Evidence::new(&Arc::from("a.csv"), Place::Row(row), "f", "v");
    Example {
        certainty,
        recipient: format!("r{row}@contoso.example"),
        summary: String::new(),
        evidence: vec![Arc::new(evidence)],
        fix: Vec::new(),
        caveat: None,
    }
}

fn summary(seed: &[(u8, u64, f32)]) -> Summary {
    let mut summary = Summary::default();
    for (kind, row, seconds) in seed {
        summary.pairs += 1;
        let outcome = Outcome::ALL[usize::from(*kind) % Outcome::ALL.len()];
        *summary.outcomes.entry(outcome).or_default() += 1;
        let sure =
            [Certainty::Possible, Certainty::Likely, Certainty::Proven][usize::from(*kind) % 3];
        let mut certainty = [0; 3];
        certainty[sure as usize] = 1;
        let rule = ["rule-reject", "zap-removed"][usize::from(*kind) % 2];
        summary.add_cause(rule, Cause { certainty, example: example(*row, sure) });
        *summary.also.entry(rule).or_default() += 1;
        *summary.ips.entry(format!("192.0.2.{kind}").into()).or_default() += 1;
        summary.delivery.add(*seconds);
        summary.hours.entry(i64::from(*kind)).or_default().pairs += 1;
    }
    summary
}

fn merged(parts: &[&Summary]) -> Summary {
    let mut sum = Summary::default();
    parts.iter().for_each(|part| sum.merge(part));
    sum
}

prop_compose! {
    fn rows()(rows in prop::collection::vec((0u8..20, 1u64..50, 0.0f32..1000.0), 0..12)) -> Vec<(u8, u64, f32)> {
        rows
    }
}

proptest! {
    #[test]
    fn sums_do_not_depend_on_how_the_rows_are_divided(a in rows(), b in rows(), c in rows()) {
        let (x, y, z) = (summary(&a), summary(&b), summary(&c));
        let left = merged(&[&merged(&[&x, &y]), &z]);
        let right = merged(&[&x, &merged(&[&y, &z])]);
        prop_assert_eq!(&left, &right);
        let all: Vec<_> = a.iter().chain(&b).chain(&c).copied().collect();
        prop_assert_eq!(&left, &summary(&all));
    }
}

#[test]
fn the_largest_counts_come_first_and_ties_in_order() {
    let sums = BTreeMap::from([("b", 2), ("a", 2), ("c", 5), ("d", 1)]);
    assert_eq!(top(&sums, 3), [(&"c", 5), (&"a", 2), (&"b", 2)]);
}

#[test]
fn a_proven_pair_speaks_for_its_cause_wherever_it_stands() {
    let cause = |row, certainty: Certainty| {
        let mut counts = [0; 3];
        counts[certainty as usize] = 1;
        Cause { certainty: counts, example: example(row, certainty) }
    };
    let mut summary = Summary::default();
    summary.add_cause("rule-reject", cause(1, Certainty::Possible));
    summary.add_cause("rule-reject", cause(9, Certainty::Proven));
    summary.add_cause("rule-reject", cause(7, Certainty::Proven));
    assert_eq!(summary.causes["rule-reject"].example, example(7, Certainty::Proven));
}
