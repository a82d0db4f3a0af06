// The words that all pages share: they come in the script of a language, too.
import { en } from "../en";
import { fr } from "../fr";
import { nl } from "../nl";

export const commonWords = { fr, nl, en };
