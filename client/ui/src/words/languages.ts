// The languages of the pages, each by its own name.
export type Language = "fr" | "nl" | "en";
export const languages: Language[] = ["fr", "nl", "en"];
export const languageNames: Record<Language, string> = { fr: "Français", nl: "Nederlands", en: "English" };
