//! A distribution whose object files are LLVM bitcode, as the published ones are.

use end_to_end::{Profile, Project, distribution};
use pyrepackager::cache::Cache;
use pyrepackager::config::resolved::DistributionRequest;
use pyrepackager::distribution::{ObjectFormat, Purpose, resolve};
use pyrepackager::link::BitcodeSupport;
use pyrepackager::reporter::Silent;

#[test]
fn a_distribution_of_bitcode_gives_a_working_application_with_every_linker() {
    let path = distribution::bitcode_archive().unwrap();
    let sha256 = distribution::sha256(&path).unwrap();

    // What it is made of is indeed bitcode.
    let request =
        DistributionRequest::LocalPath { path: path.clone(), sha256: sha256.parse().unwrap() };
    let cache = Cache::from_env().unwrap();
    let purpose = Purpose { target: &distribution::host(), bitcode: BitcodeSupport::ANY };
    let opened = resolve(&request, purpose, &cache, &Silent).unwrap();
    assert!(matches!(opened.object_format, ObjectFormat::LlvmBitcode(_)), "{opened:?}");
    let object = fs_err::read(&opened.core.objects[0]).unwrap();
    assert_eq!(object[..4], *b"BC\xc0\xde", "{}", opened.core.objects[0].display());

    let config = format!(
        "[python_distribution]\nlocal_path = {path:?}\nsha256 = \"{sha256}\"\n\n\
         [[python_packages]]\ntype = \"stdlib\"\n\n\
         [[python_packages]]\ntype = \"package-root\"\npath = \".\"\npackages = [\"hello\"]\n\n\
         [python_run]\nmode = \"module\"\nmodule = \"hello\"\n"
    );
    let source = "\
import sys
import ctypes, decimal, hashlib, sqlite3, ssl, zlib
print('hello world')
print('Clang' in sys.version, sqlite3.connect(':memory:').execute('select 6 * 7').fetchone()[0])
";
    let project = Project::new("bitcode", &config).unwrap().with("hello.py", source).unwrap();
    // The default on x86-64, which is rustc's own, and the C compiler's, which is GNU ld.
    for linker in [&[][..], &["-Clinker-features=-lld"]] {
        let build = project.cargo(Profile::Dev).with_rustc_arguments(linker);
        let application = build.run().unwrap().expect_application().unwrap();
        assert_eq!(
            application.succeed::<&str>([]).unwrap(),
            "hello world\nTrue 42\n",
            "{linker:?}"
        );
    }
}
