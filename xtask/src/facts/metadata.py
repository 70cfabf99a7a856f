"""Keys of `PYTHON.json` that the publisher takes from a finished build."""

# The publisher's `LIBS` is not in its scripts: an assumption for a C library as old as theirs.
LIBS = {"linux": "-lpthread -ldl -lutil", "macos": "-ldl -framework CoreFoundation"}


def common_keys(publisher, row, build_info):
    entry = publisher.downloads[f"cpython-{row['release']}"]
    return {
        "version": "8",
        "target_triple": row["target"],
        "optimizations": row["options"],
        "build_options": row["options"],
        "python_tag": entry["python_tag"],
        "python_version": row["version"],
        "python_stdlib_test_packages": sorted(publisher.unix.STDLIB_TEST_PACKAGES),
        "libpython_link_mode": "shared",
        "run_tests": "build/run_tests.py",
        "build_info": build_info,
        "licenses": entry["licenses"],
        "license_path": "licenses/LICENSE.cpython.txt",
    }


def implementation(row):
    """What a running interpreter says of itself."""
    major, minor, patch = map(int, row["version"].split("."))
    return {
        "python_implementation_cache_tag": f"cpython-{major}{minor}",
        "python_implementation_hex_version": major << 24 | minor << 16 | patch << 8 | 0xF0,
        "python_implementation_name": "cpython",
        "python_implementation_version": [str(major), str(minor), str(patch), "final", "0"],
        "python_bytecode_magic_number": row["magic"],
        "python_major_minor_version": row["release"],
    }


def suffixes(extension):
    return {
        "bytecode": [".pyc"],
        "debug_bytecode": [".pyc"],
        "extension": extension,
        "optimized_bytecode": [".pyc"],
        "source": [".py"],
    }


def unix_metadata(row, architecture, apple):
    """What `generate_metadata.py` asks a running interpreter for.

    `python_config_vars` has about a thousand entries there and the ones that matter here.
    """
    release = row["release"]
    digits = release.replace(".", "")
    soabi = f"cpython-{digits}-" + ("darwin" if apple else f"{architecture}-linux-gnu")
    lib = f"install/lib/python{release}"
    config = f"{lib}/config-{release}-" + ("darwin" if apple else f"{architecture}-linux-gnu")
    include = f"install/include/python{release}"
    deployment = "macosx-11.0-arm64" if architecture == "aarch64" else "macosx-10.15-x86_64"
    return implementation(row) | {
        "python_abi_tag": "",
        "python_platform_tag": deployment if apple else f"linux-{architecture}",
        "python_suffixes": suffixes([f".{soabi}.so", ".abi3.so", ".so"]),
        "python_paths": {
            "data": "install",
            "include": include,
            "platinclude": include,
            "platlib": f"{lib}/site-packages",
            "platstdlib": lib,
            "purelib": f"{lib}/site-packages",
            "scripts": "install/bin",
            "stdlib": lib,
        },
        "python_paths_abstract": {
            "data": "{base}",
            "include": "{installed_base}/include/python{py_version_short}{abiflags}",
            "platinclude": "{installed_platbase}/include/python{py_version_short}{abiflags}",
            "platlib": "{platbase}/{platlibdir}/python{py_version_short}/site-packages",
            "platstdlib": "{platbase}/{platlibdir}/python{py_version_short}",
            "purelib": "{base}/lib/python{py_version_short}/site-packages",
            "scripts": "{base}/bin",
            "stdlib": "{installed_base}/{platlibdir}/python{py_version_short}",
        },
        "python_exe": f"install/bin/python{release}",
        "python_stdlib_platform_config": config,
        "python_config_vars": {
            "ABIFLAGS": "",
            "DESTSHARED": f"/{lib}/lib-dynload",
            "EXT_SUFFIX": f".{soabi}.so",
            "LIBPL": f"/{config}",
            "LIBS": LIBS["macos" if apple else "linux"],
            "Py_DEBUG": "0",
            "SOABI": soabi,
        },
    }
