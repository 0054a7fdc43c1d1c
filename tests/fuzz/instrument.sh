#!/bin/sh
# The compiler for `cargo xtask fuzz`: what is fuzzed gets the coverage counters that libFuzzer follows, everything else stays as it is.
rustc=$1
shift
case " $* " in
*" --crate-name langedit "* | *" --crate-name fuzz "*)
    set -- "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
        -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0 -Cdebug-assertions=yes
    ;;
esac
case " $* " in
# Only the fuzzer brings the functions that the counters call; the command is not run.
*" --crate-name langedit "*" --crate-type bin "*) set -- "$@" -Clink-arg=-Wl,--unresolved-symbols=ignore-all ;;
esac
exec "$rustc" "$@"
