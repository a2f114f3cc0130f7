// Pictures and speech: what each head reads from a patch of a picture; a waveform and the words heard in it.
import { drawn } from "../js/drawn.js";
import * as patches from "./architectures/pictures_and_speech/patches.js";
import * as speech from "./architectures/pictures_and_speech/speech.js";

export const views = { patches: drawn(patches, "patches"), speech: drawn(speech, "speech") };
