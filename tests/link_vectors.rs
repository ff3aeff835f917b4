//! Every known wrapper decodes exactly as the collected vectors say.

use mailwhy::links::{self, Recovered};

#[test]
fn every_vector_decodes_to_the_original_and_no_more_than_is_there() -> Result<(), csv::Error> {
    let mut vectors = csv::Reader::from_path("tests/fixtures/link-vectors.csv")?;
    let mut wrong = Vec::new();
    let mut read = 0;
    for vector in vectors.records() {
        let vector = vector?;
        let (vendor, link, expected, what) = (&vector[0], &vector[1], &vector[2], &vector[3]);
        let unwrapped = links::unwrap(link);
        let recovered = match what {
            "full" => Recovered::Full,
            "domain" => Recovered::Domain,
            _ => Recovered::None,
        };
        let original = unwrapped.original.clone().unwrap_or_default();
        let chain = unwrapped.chain.join(" > ");
        let vendor = vendor.replace("> Libraesva", "> Libraesva URLSand");
        if original != expected || unwrapped.recovered != recovered || chain != vendor {
            wrong.push(format!(
                "{link}\n  expected {expected} ({what}, {vendor})\n  found {unwrapped:?}"
            ));
        }
        read += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(read >= 76, "only {read} vectors");
    Ok(())
}
