use super::*;
use proptest::prelude::*;

fn dialect(columns: usize) -> Dialect {
    Dialect {
        delimiter: b',',
        directives: false,
        columns,
        header: b"h,i".as_slice().into(),
        longest: 4096,
    }
}

/// Records with their cells, raw; refused ones by their kind.
fn records(data: &str, dialect: &Dialect) -> Vec<String> {
    let mut index = Index::default();
    let stop = index.scan(data.as_bytes(), 0, data.len(), true, dialect);
    assert_eq!(stop, Stop::Done(data.len()));
    (0..index.records.len())
        .map(|at| {
            let record = index.records[at];
            let mut begin = record.start as usize;
            let cells = index.cells(at).iter().map(|end| {
                let cell = &data[begin..*end as usize];
                begin = *end as usize + 1;
                cell
            });
            let cells: Vec<&str> = cells.collect();
            if record.kind == Kind::Row { cells.join("|") } else { format!("{:?}", record.kind) }
        })
        .collect()
}

#[test]
fn lines_are_records_and_delimiters_part_cells() {
    assert_eq!(records("a,b\r\nc,\n,d", &dialect(2)), ["a|b", "c|", "|d"]);
}

#[test]
fn blank_lines_and_repeated_headers_are_no_records() {
    assert_eq!(records("a,b\n\r\n\nh,i\r\nc,d\n\n", &dialect(2)), ["a|b", "c|d"]);
}

#[test]
fn quoted_cells_hold_delimiters_quotes_and_line_ends() {
    assert_eq!(
        records("\"a,\"\"x\"\"\",b\n\"c\r\nd\",e\n", &dialect(2)),
        ["\"a,\"\"x\"\"\"|b", "\"c\r\nd\"|e"]
    );
}

#[test]
fn a_quote_inside_a_cell_is_text() {
    assert_eq!(records("5\" screen,b\nc,d\n", &dialect(2)), ["5\" screen|b", "c|d"]);
}

#[test]
fn an_unclosed_quote_costs_its_line_and_no_more() {
    assert_eq!(records("\"a,b\nc,d\ne,f\n", &dialect(2)), ["Unclosed", "c|d", "e|f"]);
    assert_eq!(records("a,b\n\"c,d", &dialect(2)), ["a|b", "Unclosed"]);
    // A later quote would close it, but then the cells do not add up.
    assert_eq!(records("\"a,b\nc,\"d\"\ne,f\n", &dialect(2)), ["Unclosed", "c|\"d\"", "e|f"]);
}

#[test]
fn a_quoted_cell_over_too_many_lines_is_unclosed() {
    let lines = "x\n".repeat(MAX_LINES + 1);
    let data = format!("\"{lines}\",b\nc,d\n");
    let found = records(&data, &dialect(2));
    assert_eq!(found[0], "Unclosed");
    assert_eq!(found[found.len() - 1], "c|d");
    let short = format!("\"{}\",b\nc,d\n", "x\n".repeat(MAX_LINES));
    assert_eq!(records(&short, &dialect(2)).len(), 2);
}

#[test]
fn a_record_beyond_the_limit_is_refused_as_too_long() {
    let data = format!("a,{}\nc,d\n", "x".repeat(4096));
    assert_eq!(records(&data, &dialect(2)), ["TooLong", "c|d"]);
}

#[test]
fn directives_are_no_rows_and_logs_have_one_line_per_record() {
    let dialect = Dialect { directives: true, ..dialect(2) };
    let log = "#Software: Microsoft Exchange Server\r\n#Fields: b,a\r\n\"a\nb\",c\n#1 in sales,x\n";
    assert_eq!(records(log, &dialect), ["Fields", "Unclosed", "b\"|c", "#1 in sales|x"]);
}

#[test]
fn an_unfinished_record_is_left_to_the_caller() {
    let mut index = Index::default();
    let data = b"a,b\n\"c\n";
    assert_eq!(index.scan(data, 0, data.len(), false, &dialect(2)), Stop::Open(4));
    assert_eq!(index.records.len(), 1);
    let more = b"a,b\n\"c\n\",d\n";
    assert_eq!(index.scan(more, 4, 7, false, &dialect(2)), Stop::Done(more.len()));
    assert_eq!((index.records.len(), index.cells(1)), (2, [8, 10].as_slice()));
}

proptest! {
    #[test]
    fn cells_lie_within_their_records_whatever_the_bytes(data in prop::collection::vec(prop_oneof![Just(b','), Just(b'"'), Just(b'\n'), Just(b'\r'), Just(b'a'), any::<u8>()], 0..200), columns in 1_usize..4, last: bool) {
        let mut index = Index::default();
        let stop = index.scan(&data, 0, data.len(), last, &dialect(columns));
        let (Stop::Done(end) | Stop::Open(end)) = stop;
        prop_assert!(end <= data.len());
        prop_assert!(!last || end == data.len());
        for (at, record) in index.records.iter().enumerate() {
            let mut before = record.start;
            for cell in index.cells(at) {
                prop_assert!(before <= *cell && *cell as usize <= end);
                before = *cell + 1;
            }
        }
    }

    #[test]
    fn the_csv_crate_finds_the_same_cells(rows in prop::collection::vec(prop::collection::vec("[a,\"\n ]{0,6}", 3), 1..8)) {
        let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row)?;
        }
        let data = writer.into_inner()?;
        let mut index = Index::default();
        index.scan(&data, 0, data.len(), true, &dialect(3));
        let mut found = Vec::new();
        for (at, record) in index.records.iter().enumerate() {
            let mut begin = record.start as usize;
            let mut row = Vec::new();
            for end in index.cells(at) {
                row.push(String::from_utf8(crate::trace::cell::unquoted(&data[begin..*end as usize]))?);
                begin = *end as usize + 1;
            }
            found.push(row);
        }
        prop_assert_eq!(found, rows);
    }
}

#[test]
fn a_row_of_a_plain_table_that_begins_like_a_directive_is_a_row() {
    assert_eq!(
        records("#Date: lunch,b\n#TYPE me,d\n#TYPE x\n#TYPE y,\r\n#Fields: a,b\n", &dialect(2)),
        ["#Date: lunch|b", "#TYPE me|d", "#Fields: a|b"]
    );
}
