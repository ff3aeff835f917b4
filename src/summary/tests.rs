use super::*;
use crate::fact::{Evidence, Place};
use proptest::prelude::*;

fn example(row: u64, certainty: Certainty) -> Example {
    let evidence = Evidence::new(&Arc::from("a.csv"), Place::Row(row), "f", "v");
    Example {
        certainty,
        recipient: format!("r{row}@contoso.example"),
        summary: String::new(),
        evidence: vec![evidence.into()],
        is_own: true,
        fix: Vec::new(),
        caveat: None,
    }
}

fn causes<'r>(rows: impl Iterator<Item = &'r (u8, u64)>) -> Summary {
    let mut summary = Summary::default();
    for (kind, row) in rows {
        let sure =
            [Certainty::Possible, Certainty::Likely, Certainty::Proven][usize::from(*kind) % 3];
        let mut certainty = [0; 3];
        certainty[sure as usize] = 1;
        let rule = ["rule-reject", "zap-removed"][usize::from(*kind) % 2];
        summary.add_cause(rule, Cause { certainty, example: example(*row, sure) });
    }
    summary
}

proptest! {
    #[test]
    fn causes_do_not_depend_on_the_order_of_the_pairs(rows in prop::collection::vec((0u8..20, 1u64..50), 0..30)) {
        prop_assert_eq!(causes(rows.iter()), causes(rows.iter().rev()));
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
