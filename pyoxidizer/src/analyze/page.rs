//! later
pub fn page(_: &pyrepackager::inspect::Analysis) -> String {
    String::new()
}
