//! Solves on a device against those on the host, through every editor that has a null space and one that has none.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use burn::tensor::Device;
use pollster::block_on;

use super::{Solver, SolverStage, solve};
use crate::edit::methods::editor;
use crate::edit::{Method, Settings, Statistics};
use crate::linalg::{KeyCovariance, Matrix};

/// What f32 may differ by from the host, relative.
const TOLERANCE: f64 = 1e-4;
const DIM: usize = 96;

/// Values in [-1, 1) without pattern.
fn noise(rows: usize, cols: usize, seed: usize) -> Matrix {
    Matrix::from_fn(rows, cols, |row, col| {
        let mixed =
            (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ ((col + 1000 * seed) as u64 + 1).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed >> 11) as f64 / (1_u64 << 53) as f64).mul_add(2.0, -1.0)
    })
}

/// Of keys whose energy falls by three decades, as those of models do.
fn statistics() -> Statistics {
    let mut covariance = KeyCovariance::new(DIM);
    let spread = noise(DIM, 4 * DIM, 1);
    let keys = Matrix::from_fn(DIM, 4 * DIM, |row, col| spread[(row, col)] * 10.0_f64.powf(-1.5 * row as f64 / DIM as f64));
    covariance.add_keys(keys.as_ref(), 100.0).unwrap();
    Statistics::new([(0, covariance)].into(), "invented")
}

/// Null dimensions, updates and `P K` of a few steps, and where the last was solved.
struct Walk {
    null: Vec<Option<usize>>,
    results: Vec<Matrix>,
    stages: (Option<SolverStage>, SolverStage),
}

fn walk(method: Method, set: &[(&str, &str)], solver: Solver) -> Walk {
    let mut settings = Settings::scratch();
    for (name, value) in [("nullspace_threshold", "20%"), ("edited_key_weight", "2%")].iter().chain(set) {
        settings.set(name, value).unwrap();
    }
    let (mut editor, device) = (editor(method, &settings, &statistics()).unwrap(), Device::flex());
    let mut walk = Walk { null: Vec::new(), results: Vec::new(), stages: (None, SolverStage::default()) };
    for step in 2..6 {
        let (residuals, keys) = (noise(7, 5, step), noise(DIM, 5, step + 10));
        block_on(solver.renew(&mut *editor, 0, &device)).unwrap();
        let solution = block_on(solve(&*editor, 0, &residuals, &keys)).unwrap();
        walk.null.push(editor.null_space(0).map(super::NullSpace::null_dimension));
        walk.results.push(solution.update.dense());
        walk.results.extend(solution.projected);
        walk.stages = (solution.solver.null_space, solution.solver.update);
        editor.remember(0, &keys, Some(&keys)).unwrap();
    }
    walk
}

#[track_caller]
fn agree(device: &Walk, host: &Walk) {
    assert_eq!(device.null, host.null);
    for (at, (found, expected)) in device.results.iter().zip(&host.results).enumerate() {
        let distance = (found - expected).norm_l2() / expected.norm_l2().max(f64::MIN_POSITIVE);
        assert!(distance < TOLERANCE, "result {at}: {distance:e}");
    }
}

#[test]
fn null_spaces_cut_on_a_device_are_the_hosts() {
    for set in [&[("mode", "paper"), ("projection", "exact")], &[("mode", "repo"), ("projection", "exact")]] {
        let (host, device) = (walk(Method::LangEdit, set, Solver::Host), walk(Method::LangEdit, set, Solver::Device));
        agree(&device, &host);
        assert_eq!(host.stages, (Some(SolverStage::default()), SolverStage::default()));
        let (Some(cut), update) = device.stages else { panic!("LangEdit has a null space") };
        assert_eq!((cut.on, update.on, cut.unresolved), (Solver::Device, Solver::Device, 0), "{set:?}");
        assert!(cut.error.unwrap() < 1e-5 && update.error.unwrap() < 1e-5, "{cut:?} {update:?}");
    }
}

#[test]
fn spans_removed_on_a_device_are_the_hosts() {
    let set = [("projection", "tracked")];
    let (host, device) = (walk(Method::LangEdit, &set, Solver::Host), walk(Method::LangEdit, &set, Solver::Device));
    agree(&device, &host);
    assert!(host.null[3] < host.null[0], "something is removed: {:?}", host.null);
    assert_eq!(device.stages.0.unwrap().on, Solver::Device);
}

#[test]
fn null_spaces_of_the_host_are_used_on_a_device() {
    for (method, set) in [(Method::AlphaEdit, &[("l2", "3")]), (Method::LangEdit, &[("projection", "none")])] {
        let (host, device) = (walk(method, set, Solver::Host), walk(method, set, Solver::Device));
        agree(&device, &host);
        assert_eq!(device.stages.0, Some(SolverStage::default()), "{method}: the null space is the host's");
        assert_eq!(device.stages.1.on, Solver::Device);
    }
}

#[test]
fn what_a_device_does_not_solve_is_solved_on_the_host() {
    let (host, device) = (walk(Method::MemitSeq, &[], Solver::Host), walk(Method::MemitSeq, &[], Solver::Device));
    assert!(device.results == host.results);
    assert_eq!(device.stages, (None, SolverStage::default()));
    // A threshold that f32 does not resolve.
    let set = [("nullspace_threshold", "1e-9"), ("mode", "paper")];
    let (host, device) = (walk(Method::LangEdit, &set, Solver::Host), walk(Method::LangEdit, &set, Solver::Device));
    agree(&device, &host);
    assert_eq!(device.stages.0, Some(SolverStage::default()));
}

/// Where one factor is held, the others are given up and made again: the same solutions.
#[test]
fn one_factor_at_a_time_gives_the_same_solutions() {
    let covariance = || statistics().load(0).unwrap();
    let two = Statistics::new([(0, covariance()), (1, covariance().with_count(7.0).unwrap())].into(), "invented");
    let mut settings = Settings::scratch();
    settings.set("layers", "0-1").unwrap();
    let walk = |one: bool| {
        let (mut editor, device) = (editor(Method::Memit, &settings, &two).unwrap(), Device::flex());
        if one {
            editor.hold_one_factor();
        }
        assert!(editor.system(0).is_err(), "nothing is factored before it is needed");
        let mut solutions = Vec::new();
        for layer in [0, 1, 0] {
            block_on(Solver::Host.renew(&mut *editor, layer, &device)).unwrap();
            assert_eq!(editor.system(1 - layer).is_ok(), !one && !solutions.is_empty());
            solutions.push(block_on(solve(&*editor, layer, &noise(7, 5, 1), &noise(DIM, 5, 2))).unwrap().update.dense());
        }
        solutions
    };
    assert!(walk(true) == walk(false));
}

#[test]
fn stages_of_layers_add_up() {
    let on = |on, error, unresolved| SolverStage { on, error, unresolved };
    let device = on(Solver::Device, Some(1e-6), 1);
    assert_eq!(device.and(on(Solver::Device, Some(3e-6), 2)), on(Solver::Device, Some(3e-6), 3));
    assert_eq!(device.and(SolverStage::default()), on(Solver::Host, Some(1e-6), 1));
}
