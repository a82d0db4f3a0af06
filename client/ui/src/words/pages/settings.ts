// Words of the settings.
const fr = { lead: "Ces choix valent pour cet appareil." };
const nl: typeof fr = { lead: "Deze keuzes gelden voor dit toestel." };
const en: typeof fr = { lead: "These choices are for this device." };
export const settingsWords = { fr, nl, en };
