// What the page packs: a link in its short form, arrays as a file of numpy's. Loaded when one of them is asked for.
export { deflateSync, inflateSync, strFromU8, strToU8, zipSync } from "fflate";
