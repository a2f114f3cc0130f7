// @ts-check
/** Seven made-up shares, and what they were before. */
export const SHARES = [0.31, 0.02, 0.19, 0, 0.12, 0.09, 0.27];
export const BEFORE = [0.24, 0.02, 0.22, 0.05, 0.12, 0.14, 0.21];
