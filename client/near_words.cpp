#include "client/near_words.hpp"

#include "client/phrases.hpp"

namespace carnet {

namespace {

std::string name_of(Replica& replica, Language language, std::optional<DeviceId> device) {
  if (!device) return say(language, {"a device", "un appareil", "een toestel"});
  auto name = name_of(replica, *device);
  return !name.empty() ? name : say(language, {"device {}", "l’appareil {}", "toestel {}"}, device->value);
}

std::string whom(Replica& replica, Language language, const MeetingReport& report) {
  auto name = name_of(replica, language, report.peer);
  auto given = report.rows_given + report.lent;
  if (report.rows + given == 0) return say(language, {"Met {}: no new rows on either side.", "Rencontre avec {} : pas de nouvelle fiche, ni ici ni là.", "Ontmoeting met {}: aan geen van beide kanten nieuwe fiches."}, name);
  return say(language, {"Met {}: {}, {}.", "Rencontre avec {} : {}, {}.", "Ontmoeting met {}: {}, {}."}, name,
             counted(language, report.rows, {"{} row came", "{} fiche reçue", "{} fiche ontvangen"}, {"{} rows came", "{} fiches reçues", "{} fiches ontvangen"}),
             counted(language, given, {"{} was given", "{} donnée", "{} gegeven"}, {"{} were given", "{} données", "{} gegeven"}));
}

}  // namespace

std::vector<std::string> in_words(Replica& replica, Language language, const MeetingReport& report) {
  std::vector<std::string> said;
  auto tell = [&](std::size_t count, const Words& one, const Words& many) {
    if (count > 0) said.push_back(counted(language, count, one, many));
  };
  if (!report.spaces.empty()) said.push_back(whom(replica, language, report));
  tell(report.conflicts, {"{} conflict to settle.", "{} conflit à régler.", "{} conflict op te lossen."}, {"{} conflicts to settle.", "{} conflits à régler.", "{} conflicten op te lossen."});
  tell(report.photos, {"{} photo, sound or clip came.", "{} photo, son ou vidéo reçu.", "{} foto, geluid of video ontvangen."}, {"{} photos, sounds and clips came.", "{} photos, sons et vidéos reçus.", "{} foto’s, geluiden en video’s ontvangen."});
  tell(report.photos_sent, {"{} photo, sound or clip was sent.", "{} photo, son ou vidéo envoyé.", "{} foto, geluid of video verstuurd."}, {"{} photos, sounds and clips were sent.", "{} photos, sons et vidéos envoyés.", "{} foto’s, geluiden en video’s verstuurd."});
  tell(report.waiting,
       {"{} row goes on with a text that is not here yet: it is shown after another meeting, or the next sync.", "{} fiche continue un texte qui n’est pas encore ici : elle sera montrée après une autre rencontre, ou la prochaine synchronisation.",
        "{} fiche gaat verder met een tekst die hier nog niet is: ze wordt getoond na een andere ontmoeting of de volgende synchronisatie."},
       {"{} rows go on with texts that are not here yet: they are shown after another meeting, or the next sync.", "{} fiches continuent des textes qui ne sont pas encore ici : elles seront montrées après une autre rencontre, ou la prochaine synchronisation.",
        "{} fiches gaan verder met teksten die hier nog niet zijn: ze worden getoond na een andere ontmoeting of de volgende synchronisatie."});
  tell(report.newer_there.size(),
       {"The other device has a newer key of one space, and gave nothing of it: let this one meet the relay first.", "L’autre appareil a une clé plus récente d’un espace, et n’en a rien donné : cet appareil doit d’abord rencontrer le relais.",
        "Het andere toestel heeft een nieuwere sleutel van één ruimte, en gaf er niets van: laat dit toestel eerst het relais ontmoeten."},
       {"The other device has newer keys of {} spaces, and gave nothing of them: let this one meet the relay first.", "L’autre appareil a des clés plus récentes de {} espaces, et n’en a rien donné : cet appareil doit d’abord rencontrer le relais.",
        "Het andere toestel heeft nieuwere sleutels van {} ruimten, en gaf er niets van: laat dit toestel eerst het relais ontmoeten."});
  tell(report.newer_here.size(),
       {"The other device has an older key of one space, and was given nothing of it: let it meet the relay first.", "L’autre appareil a une clé plus ancienne d’un espace, et n’en a rien reçu : il doit d’abord rencontrer le relais.",
        "Het andere toestel heeft een oudere sleutel van één ruimte, en kreeg er niets van: laat het eerst het relais ontmoeten."},
       {"The other device has older keys of {} spaces, and was given nothing of them: let it meet the relay first.", "L’autre appareil a des clés plus anciennes de {} espaces, et n’en a rien reçu : il doit d’abord rencontrer le relais.",
        "Het andere toestel heeft oudere sleutels van {} ruimten, en kreeg er niets van: laat het eerst het relais ontmoeten."});
  for (auto& error : report.refused) said.push_back(in_words(language, error.text));
  return said;
}

}  // namespace carnet
