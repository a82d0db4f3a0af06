// Words of the page that a device without a notebook shows.
const fr = {
  title: "Bienvenue dans Carnet",
  lead: "Votre carnet de terrain fonctionne sans connexion. Tout ce que vous écrivez est enregistré sur cet appareil au fur et à mesure.",
  invite: "Collez ici l’invitation que vous avez reçue",
  open: "Ouvrir mon carnet",
  scan: "Lire le code avec la caméra",
  scanning: "Placez le code devant la caméra.",
  stop: "Arrêter la caméra",
  noCamera: "La caméra n’est pas accessible. Collez l’invitation.",
  sampleLead: "Pas encore d’invitation ? Découvrez Carnet avec un partenariat d’exemple. Rien n’en sera envoyé.",
  sample: "Essayer avec un exemple",
};
const nl: typeof fr = {
  title: "Welkom in Carnet",
  lead: "Uw veldboek werkt zonder verbinding. Alles wat u schrijft, wordt gaandeweg op dit toestel bewaard.",
  invite: "Plak hier de uitnodiging die u kreeg",
  open: "Mijn carnet openen",
  scan: "De code met de camera lezen",
  scanning: "Houd de code voor de camera.",
  stop: "Camera stoppen",
  noCamera: "De camera is niet beschikbaar. Plak de uitnodiging.",
  sampleLead: "Nog geen uitnodiging? Maak kennis met Carnet aan de hand van een voorbeeldpartnerschap. Daarvan wordt niets verzonden.",
  sample: "Proberen met een voorbeeld",
};
const en: typeof fr = {
  title: "Welcome to Carnet",
  lead: "Your field notebook works without a connection. Everything that you write is saved on this device as you go.",
  invite: "Paste the invite that you received",
  open: "Open my notebook",
  scan: "Read the code with the camera",
  scanning: "Hold the code before the camera.",
  stop: "Stop the camera",
  noCamera: "The camera cannot be used. Paste the invite.",
  sampleLead: "No invite yet? Get to know Carnet with a sample partnership. Nothing of it is sent.",
  sample: "Try with a sample",
};
export const firstRunWords = { fr, nl, en };
