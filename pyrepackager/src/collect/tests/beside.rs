//! What lies beside a script.

use super::*;

#[test]
fn nothing_of_a_package_that_is_hidden_stays() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        &[
            ("site/tool/__init__.py", ""),
            ("site/tool/inner.py", ""),
            ("site/tool/data.txt", ""),
            ("site/toolbox.py", ""),
            ("script/tool/__init__.py", ""),
            ("script/tool/own.txt", ""),
        ],
    );
    let source = package_root(&root.path().join("site"), &["tool", "toolbox"]);
    let mut collected = collect_one(source.clone(), root.path()).unwrap();
    let folder = root.path().join("script");
    let tool = ["tool".to_owned()];
    let distribution = distribution(root.path());
    let new = add_beside(&source, &folder, &tool, &distribution, &mut collected).unwrap();
    assert_eq!(new, ["tool"]);
    assert_eq!(names(&collected), ["tool", "toolbox"]);
    assert_eq!(files(&collected), ["tool/own.txt"]);
}
