//! What ScaLAPACK and BLACS are called by; `scalapack.rs` alone calls them.

use std::ffi::{c_char, c_int};

unsafe extern "C" {
    pub(super) fn Cblacs_get(context: c_int, what: c_int, value: *mut c_int);
    pub(super) fn Cblacs_gridinit(context: *mut c_int, order: *const c_char, rows: c_int, columns: c_int);
    pub(super) fn Cblacs_gridexit(context: c_int);
    pub(super) fn Cblacs_gridinfo(
        context: c_int,
        rows: *mut c_int,
        columns: *mut c_int,
        row: *mut c_int,
        column: *mut c_int,
    );
    pub(super) fn pdlatrd_(
        uplo: *const c_char,
        n: *const c_int,
        nb: *const c_int,
        a: *mut f64,
        ia: *const c_int,
        ja: *const c_int,
        desc_a: *const c_int,
        d: *mut f64,
        e: *mut f64,
        tau: *mut f64,
        w: *mut f64,
        iw: *const c_int,
        jw: *const c_int,
        desc_w: *const c_int,
        work: *mut f64,
    );
    pub(super) fn pdsyr2k_(
        uplo: *const c_char,
        trans: *const c_char,
        n: *const c_int,
        k: *const c_int,
        alpha: *const f64,
        a: *const f64,
        ia: *const c_int,
        ja: *const c_int,
        desc_a: *const c_int,
        b: *const f64,
        ib: *const c_int,
        jb: *const c_int,
        desc_b: *const c_int,
        beta: *const f64,
        c: *mut f64,
        ic: *const c_int,
        jc: *const c_int,
        desc_c: *const c_int,
    );
    pub(super) fn pdsytd2_(
        uplo: *const c_char,
        n: *const c_int,
        a: *mut f64,
        ia: *const c_int,
        ja: *const c_int,
        desc_a: *const c_int,
        d: *mut f64,
        e: *mut f64,
        tau: *mut f64,
        work: *mut f64,
        lwork: *const c_int,
        info: *mut c_int,
    );
    pub(super) fn pdelset_(
        a: *mut f64,
        i: *const c_int,
        j: *const c_int,
        desc: *const c_int,
        value: *const f64,
    );
    pub(super) fn pdormtr_(
        side: *const c_char,
        uplo: *const c_char,
        trans: *const c_char,
        m: *const c_int,
        n: *const c_int,
        a: *const f64,
        ia: *const c_int,
        ja: *const c_int,
        desc_a: *const c_int,
        tau: *const f64,
        c: *mut f64,
        ic: *const c_int,
        jc: *const c_int,
        desc_c: *const c_int,
        work: *mut f64,
        lwork: *const c_int,
        info: *mut c_int,
    );
    pub(super) fn pdsymm_(
        side: *const c_char,
        uplo: *const c_char,
        m: *const c_int,
        n: *const c_int,
        alpha: *const f64,
        a: *const f64,
        ia: *const c_int,
        ja: *const c_int,
        desc_a: *const c_int,
        b: *const f64,
        ib: *const c_int,
        jb: *const c_int,
        desc_b: *const c_int,
        beta: *const f64,
        c: *mut f64,
        ic: *const c_int,
        jc: *const c_int,
        desc_c: *const c_int,
    );
}
