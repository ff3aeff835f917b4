//! README's console blocks show what the program prints.

#[test]
fn the_outputs_in_the_readme_are_real() {
    trycmd::TestCases::new().case("README.md").env("NO_COLOR", "1");
}
