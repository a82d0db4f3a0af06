// The words and sentence frames of the benchmark's prose: plain tables, read once by prose.cpp.
// In a word list "_" stands for a blank, "a/b" gives an irregular plural (nouns) or feminine (adjectives), "*" marks a
// word that does not elide, "+" a verb that takes être; "se_" and "s'" are taken off and put back as its subject asks.
// Within a list the commonest come first.
#include "tests/bench/prose.hpp"

namespace carnet::bench {

// One paragraph per theme: m and f things, p and q persons (m, f), t transitive and i intransitive verbs, a adjectives,
// e phrases that place an action. The first theme is general and takes part in every text.
const std::string_view theme_table = R"(
= general
m temps jour moment travail/travaux point côté cas problème début projet effet besoin mois endroit bruit résultat bout
m changement reste détail moyen an ordre sens avis avantage essai intérêt *hasard doute regard nom mot souvenir coup
m silence objet espace niveau groupe plan chemin prix choix retard progrès défaut risque échange morceau lieu soin but
m exemple effort conseil accord rôle signe passage départ retour contact mouvement modèle fond bord sujet fait rythme
m équilibre équipement matériel obstacle constat compromis aspect élément ensemble principe inconvénient trajet
m calme désordre délai apport lien seuil écart aperçu relevé état contrôle succès échec mélange surplus
f chose fois fin année semaine question journée idée raison partie place façon manière suite situation heure solution
f vie nuit minute difficulté réponse erreur surface qualité quantité différence forme habitude chance attention saison
f période occasion possibilité mesure attente expérience décision peine étape image longueur largeur *hauteur valeur
f force lumière couleur odeur pression vitesse température trace ligne limite moitié rencontre visite promesse
f épreuve méthode condition consigne proposition conclusion remarque précaution explication impression priorité durée
f évolution tendance origine portée urgence surprise patience confiance responsabilité contrainte exigence récompense
p homme ami voisin enfant garçon collègue responsable visiteur propriétaire inconnu ancien client témoin cousin
p habitué débutant spécialiste correspondant invité compagnon retraité
q femme amie voisine fille dame personne équipe collègue responsable cousine propriétaire cliente visiteuse famille
q spécialiste assistante connaissance bénévole remplaçante
t faire prendre voir mettre donner trouver tenir rendre demander laisser suivre perdre attendre montrer porter garder
t chercher changer regarder commencer préparer finir choisir comprendre reprendre apporter aider garantir essayer
t utiliser poser reconnaître accepter éviter oublier proposer expliquer présenter vérifier noter compter remplacer
t terminer obtenir remettre conserver retrouver améliorer découvrir observer signaler imaginer organiser ajouter
t confier payer partager modifier supprimer comparer examiner réunir prévoir maintenir limiter mesurer provoquer
t constater abandonner compléter corriger confirmer décrire évoquer exiger justifier mentionner négliger préciser
t recommencer réclamer refuser regretter simplifier souligner surveiller tester transformer vouloir apprécier juger
i +arriver +partir +venir +rester +revenir fonctionner durer +passer suffire continuer changer progresser +tomber
i compter manquer +entrer +sortir avancer disparaître apparaître réussir hésiter exister attendre parler augmenter
i diminuer insister échouer tarder évoluer recommencer protester douter renoncer patienter participer persister
a possible simple nécessaire important différent difficile facile utile clair complet/complète certain rapide nouveau
a précis particulier suffisant normal long/longue lent léger lourd entier juste sérieux étrange pareil/pareille
a dernier actuel régulier discret/discrète ordinaire fragile solide durable inutile immense étroit évident délicat
a commun rare récent tardif provisoire définitif satisfaisant inattendu habituel essentiel modeste excellent
a remarquable médiocre acceptable raisonnable inquiétant agréable surprenant minuscule énorme visible invisible exact
e à_cet_endroit au_bon_moment avec_soin dans_un_premier_temps à_la_fin dès_le_début au_dernier_moment en_vain
e sans_difficulté sans_attendre avec_patience en_quelques_minutes dans_la_mesure_du_possible par_habitude de_temps_en_temps
e au_fur_et_à_mesure point_par_point sans_trop_y_croire en_général avec_prudence une_bonne_fois_pour_toutes à_l'avance
= jardin
m potager terreau semis arbre fruit légume jardin arrosoir compost plant gel poirier pommier cerisier rosier massif
m sol rang tuteur râteau sécateur paillis fumier gazon bulbe bourgeon *haricot poireau chou/choux radis navet persil
m thym laurier basilic concombre melon potiron oignon ail fraisier framboisier groseillier figuier noyer tilleul
m *hêtre *houx lilas puceron escargot merle ver_de_terre châssis tuyau_d'arrosage bac tronc rameau feuillage
m désherbage repiquage bouturage drainage sécateur_neuf arrosage épouvantail cabanon
f terre graine plante fleur feuille racine tomate salade carotte *haie allée serre pelouse brouette bêche binette
f fourche tondeuse bordure récolte rosée gelée limace branche tige greffe taille bouture planche_de_culture mauvaise_herbe
f courgette aubergine betterave laitue épinette pomme_de_terre fraise framboise cerise prune poire treille vigne
f tonnelle cuve gouttière rangée rotation_des_cultures friche mousse fougère pivoine tulipe jonquille lavande glycine
f ronce ortie coccinelle abeille taupe mésange floraison jachère clôture cisaille
p jardinier maraîcher pépiniériste paysagiste
q jardinière maraîchère fleuriste pépiniériste
t planter semer arroser tailler récolter cueillir repiquer bêcher biner désherber éclaircir pailler greffer arracher
t ratisser tondre déterrer enterrer élaguer butter abriter fertiliser drainer bouturer empoter rempoter dépoter palisser
t ombrager amender composter
i pousser fleurir germer mûrir pourrir faner +naître geler jaunir dépérir grimper verdir bourgeonner
a fertile sec/sèche humide mûr précoce vivace ensoleillé ombragé acide calcaire argileux sableux feuillu persistant
a annuel grimpant rustique épineux parfumé juteux sucré tendre fané desséché fleuri touffu maraîcher
e au_fond_du_jardin après_les_dernières_gelées au_pied_du_mur sous_les_arbres en_pleine_terre à_l'ombre au_soleil
e le_long_de_l'allée à_la_Sainte-Catherine en_lune_descendante sous_abri au_bord_du_massif avant_les_grosses_chaleurs
= cuisine
m plat four beurre sucre sel œuf pain lait gâteau couteau repas mélange fromage poivre bol saladier moule jus
m bouillon poisson poulet riz vin citron chocolat miel goût fouet rouleau torchon plan_de_travail poêlon rôti
m ragoût potage velouté sirop caramel biscuit croûton lardon jambon saucisson pâté mortier tamis entonnoir bocal
m couvercle vinaigre curry safran gingembre fenouil céleri artichaut champignon brochet cabillaud tablier frigo
m congélateur réchaud plateau service dessert goûter déjeuner dîner apéritif levain pétrin
f pâte sauce recette farine crème casserole cuillère assiette table poêle viande huile eau soupe tarte cuisson
f marmite épice levure louche passoire fourchette spatule balance râpe plaque_de_cuisson cocotte croûte mie
f garniture gousse_d'ail échalote pincée_de_sel cuillerée tranche rondelle noisette amande noix vanille cannelle
f muscade moutarde mayonnaise vinaigrette compote confiture gelée_de_coing brioche galette crêpe gaufre quiche
f terrine truite crevette moule palourde purée ratatouille daube lentille semoule marinade nappe serviette carafe
p cuisinier boulanger boucher traiteur convive gourmand poissonnier
q cuisinière boulangère pâtissière gourmande hôtesse
t cuire mélanger éplucher couper *hacher battre verser chauffer goûter griller rôtir dorer émincer saler poivrer
t pétrir fouetter égoutter mijoter assaisonner beurrer enfourner démouler réchauffer étaler râper napper garnir
t mariner flamber saupoudrer tamiser incorporer réserver décortiquer farcir glacer blanchir servir parfumer déglacer
t tremper casser rincer
i bouillir mijoter lever reposer gonfler épaissir fondre refroidir brûler dorer ramollir durcir déborder
a chaud froid tiède épais/épaisse onctueux croustillant fondant amer salé doux/douce frais/fraîche cru cuit
a *haché doré moelleux croquant gras/grasse maigre savoureux fade épicé aigre gratiné fumé confit appétissant
e à_feu_doux à_feu_vif au_bain-marie dans_un_grand_saladier hors_du_feu au_milieu_du_repas pendant_une_bonne_heure
e avec_un_filet_d'huile à_couvert au_frais jusqu'à_ébullition pour_six_personnes à_la_dernière_minute dans_le_four_tiède
= atelier
m bois outil marteau clou établi tournevis panneau meuble tiroir trou assemblage vernis ponçage rabot ciseau mètre
m niveau_à_bulle serre-joint étau foret copeau tasseau montant pied plateau cadre chevron parquet lambris chêne
m frêne sapin contreplaqué gabarit trait_de_crayon collage perçage fer plâtre ciment mortier carrelage enduit
m pinceau rouleau_de_peinture papier_de_verre escabeau échafaudage placard robinet siphon joint coude raccord
m boulon écrou ressort crochet loquet verrou gond battant volet chambranle
f planche vis scie colle perceuse lame équerre peinture étagère porte charnière serrure poignée chaise lime
f cheville mèche ponceuse défonceuse rainure languette mortaise queue_d'aronde traverse poutre cloison plinthe
f brique truelle taloche tuile ardoise charpente gaine_électrique tuyauterie soudure rondelle tige_filetée pince
f tenaille clé_plate scie_sauteuse raboteuse varape essence_de_térébenthine cire laque patine sciure entaille
f encoche cale butée rallonge caisse_à_outils fissure étanchéité isolation
p menuisier artisan plombier maçon peintre électricien ébéniste serrurier apprenti couvreur
q menuisière artisane apprentie ébéniste décoratrice
t visser dévisser scier percer coller poncer clouer fixer assembler démonter monter raboter peindre vernir ajuster
t tracer serrer desserrer limer souder découper reboucher poser caler affûter huiler plâtrer enduire carreler isoler
t dégauchir chanfreiner encoller teinter cirer décaper gratter boulonner consolider renforcer restaurer rénover
t aligner emboîter équarrir graisser
i grincer plier gauchir sécher coincer vibrer céder fendre gondoler glisser travailler coulisser fuir
a droit plat creux/creuse massif rugueux lisse tordu rouillé vermoulu étanche brut poncé verni métallique
a tranchant émoussé usé ébréché branlant encastré réglable amovible pivotant coulissant galvanisé
e sur_l'établi au_ras_du_mur dans_le_sens_du_fil d'un_coup_sec au_millimètre_près à_l'équerre contre_la_paroi
e entre_deux_cales dans_la_remise avec_une_lame_neuve au_sol_de_l'atelier après_séchage à_blanc sous_l'escalier
= mécanique
m moteur frein pneu/pneus vélo roulement câble filtre garage réservoir carburant guidon pédalier dérailleur plateau rayon
m pignon phare essuie-glace radiateur pot_d'échappement démarreur alternateur carburateur piston cylindre allumage
m embrayage levier capot coffre pare-chocs volant tableau_de_bord compteur clignotant cric gonfleur moyeu
m porte-bagages garde-boue tendeur cadre catadioptre pneumatique voyant fusible ralenti vilebrequin kilométrage
m contrôle_technique dépannage vidange_complète jeu remorquage tracteur camion scooter
f roue chaîne voiture batterie bougie courroie pédale selle jante panne vitesse chambre_à_air valve fourche
f boîte_de_vitesses roue_libre clé_dynamométrique durite pompe jauge culasse soupape bielle transmission direction
f suspension plaquette_de_frein carrosserie portière vitre roue_de_secours dynamo cassette manivelle potence moto
f remorque camionnette révision vidange fuite graisse huile_de_moteur bougie_d'allumage étincelle surchauffe
f consommation garantie pièce_détachée révision_annuelle usure crevaison rustine
p mécanicien garagiste carrossier dépanneur cycliste conducteur motard
q mécanicienne conductrice cycliste automobiliste
t réparer régler démonter remonter graisser gonfler purger vidanger freiner démarrer resserrer nettoyer brancher
t débrancher redresser dévoiler centrer lubrifier recharger dépanner remorquer bloquer débloquer étalonner équilibrer
t conduire accélérer garer déposer forcer tendre retendre détendre dégripper emboutir astiquer lustrer
i rouler démarrer caler grincer claquer chauffer fumer patiner freiner tourner vibrer ronfler déraper siffler
a mécanique électrique hydraulique défectueux neuf/neuve usagé grippé encrassé étanche puissant silencieux bruyant
a crevé voilé oxydé automatique manuel compatible déréglé desserré surchauffé
e au_point_mort à_bas_régime dans_la_fosse au_feu_rouge en_pleine_côte au_bord_de_la_route moteur_froid à_l'arrêt
e tous_les_dix_mille_kilomètres sur_la_béquille du_côté_gauche sous_le_capot en_troisième avec_la_bonne_clé
= voyage
m train voyage billet hôtel bagage quai avion bus guide passeport itinéraire départ_matinal sac séjour pays
m musée château pont port quartier marché taxi ferry wagon compartiment contrôleur guichet horaire décalage
m sentier refuge gîte camping dortoir visa change souk temple palais belvédère phare_du_port monument vieux_quartier
m boulevard faubourg carrefour tramway téléphérique aéroport embarquement vol terminal dépaysement carnet_de_route
m plan_de_ville distributeur pourboire *hamac
f gare ville valise carte chambre route frontière plage place_centrale rue langue auberge correspondance réservation
f excursion cathédrale église ruelle muraille forteresse fontaine avenue terrasse vue étape_du_jour île côte baie
f capitale province douane monnaie banquette couchette salle_d'attente voie consigne billetterie traversée croisière
f caravane tente escale halte moustiquaire gourde photographie carte_postale spécialité_locale mosquée pagode
f oasis dune falaise_blanche adresse visite_guidée randonnée flânerie nuitée navette
p voyageur touriste chauffeur guide douanier hôtelier passager pèlerin marchand routard
q voyageuse touriste guide hôtelière passagère serveuse marchande
t visiter réserver traverser quitter parcourir longer rejoindre atteindre photographier louer rater manquer explorer
t annuler échanger admirer apercevoir emporter déposer charger négocier acheter contourner composter embarquer
t débarquer enregistrer raconter défaire boucler franchir emprunter
i voyager marcher dormir +repartir camper flâner patienter errer +descendre +monter atterrir décoller séjourner
a lointain étranger touristique désert pittoresque bondé animé médiéval fortifié maritime tropical aride exotique
a bruyant dépaysant cher/chère luxueux sommaire central frontalier nocturne matinal inoubliable
e à_la_descente_du_train dans_la_vieille_ville au_petit_matin à_l'autre_bout_du_quai sur_la_place du_haut_des_remparts
e en_seconde_classe dans_une_petite_auberge au_passage_de_la_frontière près_de_la_gare sous_un_soleil_de_plomb
e deux_rues_plus_loin à_la_tombée_du_jour
= nature
m ciel vent soleil orage nuage sommet sentier bois_de_sapins ruisseau rocher glacier brouillard oiseau lac col
m versant névé ravin torrent chalet refuge troupeau aigle chamois bouquetin renard *hérisson écureuil sanglier cerf
m faucon *hibou/hiboux pic rapace insecte papillon scarabée lézard crapaud têtard étang marais ruissellement éboulis
m plateau_calcaire gouffre granit schiste fossile baromètre thermomètre éclair tonnerre arc-en-ciel/arcs-en-ciel givre dégel
m redoux crépuscule lever_du_soleil horizon équinoxe mélèze bouleau érable genévrier lichen champ
f pluie neige montagne forêt vallée rivière pente crête averse nuée brume tempête source pierre prairie
f falaise grotte cascade *hutte clairière lisière avalanche corniche arête moraine cime altitude boussole carte
f corde gourde étoile lune éclipse comète saison_froide canicule sécheresse crue inondation bourrasque brise
f accalmie éclaircie perturbation gelée_blanche marmotte truite chouette buse alouette hirondelle cigogne fourmi
f araignée libellule bruyère gentiane orchidée tourbière lande mare colline combe
p randonneur berger alpiniste naturaliste chasseur météorologue grimpeur ornithologue
q randonneuse bergère alpiniste photographe promeneuse
t gravir contempler photographier observer suivre escalader dominer recouvrir inonder balayer baliser éroder
t effrayer guetter dévaler secouer tremper repérer envahir découvrir survoler ramasser étudier recenser écouter
t longer creuser
i souffler gronder couler briller gémir chanter voler ruisseler +redescendre grimper migrer
i tourbillonner *hurler murmurer scintiller onduler
a nuageux orageux pluvieux neigeux glacé sauvage rocheux escarpé boisé brumeux venteux clair gris dégagé abrupt
a profond silencieux protégé alpin glaciaire enneigé verglacé dense paisible majestueux menaçant doré
e au-dessus_des_nuages à_flanc_de_montagne au_bord_de_l'eau entre_deux_averses vers_le_nord à_mi-pente
e à_l'abri_du_vent au_lever_du_soleil par_temps_clair sous_la_neige dans_la_brume au_cœur_de_la_forêt
e à_deux_mille_mètres sur_l'autre_rive
= mer
m bateau port voilier vent_d'ouest mât cap équipage filet ponton mouillage courant phare large pont gouvernail
m *hublot foc spinnaker bout taquet winch safran tirant_d'eau chenal récif écueil quai chalutier cargo canot
m gilet_de_sauvetage sextant compas journal_de_bord poisson bar thon maquereau *homard crabe oursin goéland
m cormoran dauphin phoque coefficient_de_marée bulletin_météo/bulletins_météo coup_de_vent grain clapot ressac banc_de_sable
m carénage antifouling accastillage sillage roulis tangage amarrage
f voile mer marée ancre coque vague *houle côte barre quille écoute drisse bôme cabine amarre bouée balise
f jetée digue écluse rade crique anse presqu'île pêche ligne_de_traîne canne nasse sardine daurade sole raie
f méduse algue coquille étoile_de_mer mouette sterne baleine rafale dépression accalmie brise_de_terre
f carte_marine sonde radio_de_bord fusée_de_détresse avarie voie_d'eau pompe_de_cale descente couchette
f navigation régate traversée manœuvre escale vigie cale grand-voile girouette
p marin pêcheur skipper capitaine équipier matelot plongeur mousse
q navigatrice équipière skippeuse plongeuse pêcheuse
t *hisser border larguer amarrer ferrailler affaler virer remonter mouiller caréner barrer manœuvrer godiller
t remorquer pêcher relever dériver écoper *haler doubler croiser frapper étarquer sonder rincer calfater gréer
t armer accoster aborder
i naviguer dériver couler flotter chavirer plonger nager mollir forcir tanguer accoster ramer pêcher échouer
a maritime calme agité *houleux salé marin portant amarré insubmersible côtier poissonneux iodé profond
a sous-marin démâté toilé manœuvrant lesté mouillé dessalé
e au_large sous_le_vent à_marée_basse par_force_six au_près au_portant dans_le_chenal à_couple sur_bâbord
e par_mer_belle à_l'entrée_du_port à_deux_milles_de_la_côte au_mouillage sous_voilure_réduite
= santé
m médecin corps médicament sommeil sang cœur ventre dos genou/genoux poumon traitement examen cabinet rendez-vous
m symptôme repos vaccin *handicap régime exercice muscle os estomac foie rein cerveau nerf œil/yeux doigt
m poignet coude orteil cou mal/maux rhume virus microbe antibiotique sirop comprimé pansement thermomètre
m plâtre fauteuil_roulant brancard diagnostic bilan dossier_médical dentiste étourdissement vertige
m essoufflement souffle pouls soulagement rétablissement massage étirement
f santé douleur tête main jambe fièvre toux fatigue maladie ordonnance consultation blessure peau gorge dent
f oreille épaule *hanche cheville poitrine allergie grippe angine infection plaie cicatrice brûlure entorse
f fracture radiographie prise_de_sang analyse tension pommade gélule piqûre seringue compresse béquille attelle
f clinique pharmacie ambulance salle_d'attente convalescence guérison rechute respiration digestion migraine
f insomnie nausée vitamine rééducation opération anesthésie
p patient médecin pharmacien infirmier kinésithérapeute chirurgien dentiste secouriste *handicapé
q infirmière patiente doctoresse pharmacienne sage-femme/sages-femmes orthophoniste
t soigner guérir examiner prescrire ausculter opérer vacciner soulager masser désinfecter panser avaler ressentir
t consulter plâtrer rassurer diagnostiquer injecter calmer étirer plier tâter respirer hospitaliser allaiter
t supporter endurer dépister éviter
i dormir souffrir tousser respirer boiter saigner guérir transpirer éternuer grelotter maigrir grossir vomir
i se_reposer se_lever se_calmer cicatriser
a malade guéri fatigué douloureux aigu/aiguë chronique bénin/bénigne grave contagieux médical chirurgical
a musculaire respiratoire cardiaque allergique pâle fiévreux enflé engourdi efficace souple endormi raide
e à_jeun avant_le_coucher trois_fois_par_jour au_réveil après_l'effort en_position_allongée sur_ordonnance
e pendant_la_convalescence sous_surveillance au_moindre_signe_de_fatigue à_l'hôpital à_chaque_inspiration
= bureau
m dossier courrier document rendez-vous contrat projet budget service rapport bureau tableau compte formulaire
m règlement comité vote procès-verbal ordre_du_jour devis paiement virement chèque remboursement impôt
m revenu loyer bail/baux notaire tribunal recours délai_légal article alinéa décret arrêté règlement_intérieur
m permis_de_construire plan_d'urbanisme classeur tampon agrafeur archivage bordereau reçu justificatif
m organigramme entretien recrutement salaire congé stage calendrier compte_rendu préavis partenariat litige
f réunion facture lettre demande signature commande liste date copie adresse banque assurance association
f convention subvention cotisation trésorerie comptabilité dépense recette somme échéance procédure démarche
f attestation déclaration administration mairie préfecture commission délibération majorité voix loi clause
f annexe pièce_jointe enveloppe photocopie imprimante étiquette agrafe chemise archive note_de_service
f direction embauche formation retraite prime grille_tarifaire offre négociation livraison réclamation amende
p directeur secrétaire comptable employé président trésorier adjoint fonctionnaire avocat notaire
q directrice secrétaire comptable présidente adjointe avocate déléguée
t signer envoyer classer rédiger valider transmettre recevoir adresser approuver remplir archiver imprimer payer
t rembourser facturer convoquer voter adopter reporter annuler financer embaucher rémunérer contester résilier
t renouveler tamponner joindre photocopier dater relire budgétiser déposer instruire ratifier notifier chiffrer
i voter démissionner siéger délibérer aboutir expirer traîner répondre téléphoner intervenir
a administratif juridique financier comptable annuel mensuel officiel provisoire valable signé conforme urgent
a confidentiel légal municipal public/publique bancaire fiscal salarial prévisionnel contractuel obligatoire
e par_retour_de_courrier en_deux_exemplaires avant_la_fin_du_mois à_l'ordre_du_jour en_séance à_l'unanimité
e par_écrit sous_quinze_jours auprès_de_la_mairie en_bonne_et_due_forme à_titre_exceptionnel au_guichet
= école
m livre élève cours exercice cahier devoir tableau_noir chapitre roman texte crayon examen programme dictionnaire
m problème calcul théorème nombre cercle triangle carré angle mot verbe adjectif accent paragraphe résumé exposé
m poème conte personnage auteur récit dialogue manuscrit recueil brouillon stylo cartable préau pupitre trimestre
m bulletin diplôme concours amphithéâtre laboratoire microscope globe atlas siècle empire royaume traité archéologue
m raisonnement argument lexique vocabulaire apprentissage
f école leçon classe page phrase lecture dictée note grammaire histoire récréation bibliothèque règle gomme
f ardoise craie trousse équation fraction multiplication soustraction division géométrie figure science expérience
f chimie physique géographie carte_murale frise époque bataille révolution république dynastie découverte invention
f orthographe conjugaison ponctuation rédaction dissertation citation fable pièce_de_théâtre nouvelle intrigue
f encyclopédie définition thèse recherche hypothèse démonstration preuve rentrée cantine moyenne
p élève professeur instituteur maître écrivain étudiant lecteur surveillant libraire historien
q institutrice élève maîtresse étudiante lectrice bibliothécaire romancière
t lire écrire apprendre réciter copier calculer résoudre enseigner corriger étudier réviser souligner épeler
t conjuguer multiplier diviser soustraire additionner démontrer dessiner colorier feuilleter relier résumer citer
t traduire recopier gommer mémoriser interroger noter éditer publier
i apprendre étudier lire réfléchir bavarder rêver compter raisonner réussir redoubler progresser écouter
a scolaire appliqué studieux savant littéraire historique scientifique mathématique manuscrit lisible illisible
a illustré passionnant ennuyeux bavard attentif distrait doué paresseux curieux célèbre oral écrit
e au_tableau en_marge dans_le_cahier_du_jour à_voix_haute en_fin_de_chapitre pendant_la_récréation par_cœur
e au_fond_de_la_classe à_la_bibliothèque d'une_traite en_quelques_lignes au_siècle_dernier
= appareil
m appareil écran bouton fichier courant câble réseau logiciel clavier programme voyant mode menu interrupteur
m boîtier capteur signal réglage branchement adaptateur chargeur disjoncteur fil conducteur transformateur
m mot_de_passe dossier_partagé serveur site lien affichage téléphone ordinateur portable *haut-parleur micro
m casque disque processeur ventilateur circuit condensateur composant relais moteur_électrique panneau_solaire
m onduleur thermostat chauffe-eau aspirateur lave-linge mode_d'emploi message_d'erreur redémarrage
m téléchargement raccourci curseur onglet octet
f machine touche prise pile batterie sauvegarde connexion page mise_à_jour image version mémoire donnée commande
f fonction application fenêtre imprimante cartouche clé antenne borne tension puissance résistance diode ampoule
f lampe télécommande alarme sonnerie horloge minuterie notice panne surchauffe mise_en_service alimentation
f configuration installation option icône souris messagerie base_de_données ligne_de_code erreur_de_lecture carte_mère
f puce fréquence bande onde fibre étincelle prise_de_terre télévision radio consommation veille
p utilisateur technicien installateur informaticien développeur électricien réparateur
q utilisatrice technicienne ingénieure développeuse
t brancher débrancher allumer éteindre installer régler appuyer sélectionner enregistrer copier effacer télécharger
t connecter configurer redémarrer programmer afficher imprimer sauvegarder restaurer initialiser activer désactiver
t dépanner actionner verrouiller déverrouiller mesurer alimenter capter émettre transmettre recharger remplacer
t chiffrer partager
i clignoter sonner grésiller redémarrer ralentir chauffer bourdonner s'éteindre planter répondre biper
a électrique électronique numérique automatique compatible rechargeable branché éteint allumé sensible défectueux
a étanche sonore lumineux tactile portable intégré connecté protégé chiffré obsolète performant instable
e au_premier_démarrage en_mode_veille avant_toute_intervention hors_tension sur_la_face_arrière dans_le_menu_principal
e à_l'aide_du_bouton_rouge par_défaut en_cas_de_coupure pendant_cinq_secondes une_fois_sous_tension sur_secteur
= village
m village maire clocher marché bal/bals concert musicien château métier moulin lavoir four_à_pain cimetière monument
m café comptoir banquet cortège feu_d'artifice tambour violon accordéon piano orchestre chœur refrain théâtre
m décor costume rideau spectacle public souvenir_d'enfance ancêtre héritage registre blason seigneur paysan
m colporteur forgeron tisserand tonnelier vannier potier métier_à_tisser rouet sabot chaudron kiosque
m défilé tournoi jeu_de_quilles terrain ballon match club vestiaire arbitre but entraînement
f fête place église mairie école foire musique chanson danse guitare flûte trompette *harpe scène répétition
f estrade salle_des_fêtes affiche exposition peinture_murale sculpture statue légende coutume tradition
f procession chapelle abbaye crypte cloche fontaine auberge forge tannerie filature mine carrière guerre
f libération mémoire photographie_ancienne généalogie paroisse commune fanfare chorale partition mélodie
f gamme course équipe_locale partie_de_cartes tombola buvette loterie kermesse veillée
p maire musicien chanteur boulanger facteur curé forgeron bénévole comédien danseur entraîneur
q chanteuse danseuse comédienne mairesse postière tante doyenne
t chanter jouer célébrer inaugurer décorer accueillir accrocher répéter bâtir restaurer démolir fonder raconter
t applaudir illuminer peupler hériter fêter baptiser marier enterrer défendre entraîner disputer gagner encourager
t accompagner diriger accorder sculpter
i danser chanter défiler jouer résonner sonner trinquer vieillir mourir bavarder disparaître
a ancien populaire local traditionnel festif musical joyeux gothique roman communal rural célèbre déserté
a fleuri médiéval religieux paroissial légendaire sonore sportif amical folklorique
e sur_la_place_du_village au_temps_de_nos_grands-parents à_la_sortie_de_la_messe autour_d'un_verre sous_le_préau
e au_coin_du_feu le_jour_de_la_fête devant_la_mairie d'après_les_registres en_fanfare de_père_en_fils
= maison
m salon lit fauteuil escalier grenier couloir toit mur linge rideau tapis canapé miroir cadre cadeau
m anniversaire repas_de_famille bébé jouet berceau doudou biberon drap oreiller édredon matelas coussin
m balai seau chiffon savon évier lavabo bain ménage rangement déménagement carton meuble buffet vaisselier
m chat chien panier jeu_de_société puzzle album tricot fil bouton ourlet patron ciseau tissu coton lin
m manteau pantalon pull chapeau gant soulier foyer chauffage poêle_à_bois
f maison chambre fenêtre porte clé cave salle_de_bains cheminée lampe armoire couverture table_basse cuisine
f vaisselle lessive poubelle poussière éponge brosse machine_à_laver machine_à_coudre aiguille bobine couture
f broderie laine soie robe jupe chemise veste écharpe chaussette chaussure commode malle valise boîte
f enfance naissance fête surprise bougie poupée peluche balançoire sieste veilleuse facture_d'eau
f bûche cendre allumette étincelle sonnette boîte_aux_lettres terrasse véranda mansarde
p père frère oncle mari fils bébé grand-père/grands-pères neveu parrain beau-frère/beaux-frères
q mère sœur tante grand-mère/grands-mères nièce belle-sœur/belles-sœurs marraine petite_fille
t ranger laver plier coudre tricoter repasser balayer nettoyer ouvrir fermer meubler habiter aérer chauffer
t dépoussiérer cirer déballer emballer déménager border bercer consoler embrasser gâter coiffer habiller
t broder ourler raccommoder repriser éclairer vider remplir déplacer suspendre
i dormir jouer pleurer rire grandir habiter +rentrer déménager sonner se_coucher se_disputer ronfler
a propre sale vide confortable douillet spacieux sombre clair chaleureux familial ménager usé bleu rouge vert
a jaune blanc/blanche noir brun rayé brodé chiffonné repassé doux/douce tranquille accueillant
e au_premier_étage dans_le_grenier au_pied_de_l'escalier près_de_la_fenêtre au_coin_de_la_cheminée sous_le_lit
e à_l'heure_de_la_sieste en_famille dans_la_pièce_du_fond sur_le_pas_de_la_porte derrière_le_buffet un_dimanche
= ferme
m troupeau cheval/chevaux champ tracteur foin lait berger agneau veau bœuf mouton cochon coq canard âne
m poulailler clapier lapin fourrage grain blé orge maïs colza tournesol sillon labour silo *hangar enclos
m pré abreuvoir râtelier licol sabot fer_à_cheval attelage essaim rucher miel enfumoir cadre faux-bourdon
m pollen nectar rayon_de_cire couvain vétérinaire élevage vêlage agnelage sevrage fromage_de_chèvre caillé
m pressoir tonneau chai cépage raisin moût bétail
f vache chèvre brebis poule ferme étable grange ruche reine abeille ouvrière cire colonie récolte miellée
f *hausse moisson paille botte charrue *herse semence parcelle jachère prairie clôture barrière mangeoire litière
f bergerie écurie porcherie laiterie traite présure faisselle couveuse oie dinde jument truie génisse
f tonte laine mamelle mise_bas portée race lignée sélection vendange cuvée grappe fermentation futaille
f sécheresse moissonneuse remorque batteuse coopérative
p éleveur agriculteur apiculteur vigneron vétérinaire fermier berger laitier
q éleveuse agricultrice apicultrice vigneronne fermière bergère
t élever nourrir traire tondre labourer moissonner faucher engranger vendanger presser atteler ferrer seller
t soigner rentrer panser abreuver enfumer extraire récolter désoperculer clôturer fertiliser épandre semer *herser
t engraisser vacciner trier peser abattre vendre
i brouter galoper pondre butiner essaimer mugir meugler bêler *hennir grogner fermenter couver
a agricole laitier fertile fermier robuste docile craintif sauvage bovin ovin apicole viticole vineux biologique
a sevré gestant tacheté pur broussailleux ensilé moissonné labouré irrigué pâturé
e au_pré à_l'étable à_la_belle_saison au_chant_du_coq entre_deux_traites dans_la_ruche_du_fond à_l'automne
e au_bout_du_champ avant_les_vendanges par_temps_sec en_plein_hiver après_la_moisson à_la_coopérative
)";

// How a verb's ending turns, the longest ending that fits: je, il, nous, vous, ils, imperfect, future, participle.
// "^" marks a verb that is alone in its ways: naître, and not connaître.
const std::string_view conjugation_table = R"(
er e e ons ez ent - er é
ir is it issons issez issent iss ir i
dre ds d dons dez dent d dr du
indre ins int ignons ignez ignent ign indr int
soudre sous sout solvons solvez solvent solv soudr solu
coudre couds coud cousons cousez cousent cous coudr cousu
uire uis uit uisons uisez uisent uis uir uit
prendre prends prend prenons prenez prennent pren prendr pris
tenir tiens tient tenons tenez tiennent ten tiendr tenu
venir viens vient venons venez viennent ven viendr venu
mettre mets met mettons mettez mettent mett mettr mis
ouvrir ouvre ouvre ouvrons ouvrez ouvrent ouvr ouvrir ouvert
offrir offre offre offrons offrez offrent offr offrir offert
souffrir souffre souffre souffrons souffrez souffrent souffr souffrir souffert
cueillir cueille cueille cueillons cueillez cueillent cueill cueiller cueilli
bouillir bous bout bouillons bouillez bouillent bouill bouillir bouilli
partir pars part partons partez partent part partir parti
sortir sors sort sortons sortez sortent sort sortir sorti
sentir sens sent sentons sentez sentent sent sentir senti
dormir dors dort dormons dormez dorment dorm dormir dormi
servir sers sert servons servez servent serv servir servi
courir cours court courons courez courent cour courr couru
mourir meurs meurt mourons mourez meurent mour mourr mort
fuir fuis fuit fuyons fuyez fuient fuy fuir fui
battre bats bat battons battez battent batt battr battu
attre ats at attons attez attent att attr attu
crire cris crit crivons crivez crivent criv crir crit
lire lis lit lisons lisez lisent lis lir lu
rire ris rit rions riez rient ri rir ri
suffire suffis suffit suffisons suffisez suffisent suffis suffir suffi
dire dis dit disons dites disent dis dir dit
faire fais fait faisons faites font fais fer fait
traire trais trait trayons trayez traient tray trair trait
voir vois voit voyons voyez voient voy verr vu
prévoir prévois prévoit prévoyons prévoyez prévoient prévoy prévoir prévu
cevoir çois çoit cevons cevez çoivent cev cevr çu
suivre suis suit suivons suivez suivent suiv suivr suivi
vivre vis vit vivons vivez vivent viv vivr vécu
aître ais aît aissons aissez aissent aiss aîtr u
^naître nais naît naissons naissez naissent naiss naîtr né
envoyer envoie envoie envoyons envoyez envoient envoy enverr envoyé
paître pais paît paissons paissez paissent paiss paîtr pu
savoir sais sait savons savez savent sav saur su
pouvoir peux peut pouvons pouvez peuvent pouv pourr pu
pleuvoir pleus pleut pleuvons pleuvez pleuvent pleuv pleuvr plu
vouloir veux veut voulons voulez veulent voul voudr voulu
devoir dois doit devons devez doivent dev devr dû
être suis est sommes êtes sont ét ser été
avoir ai a avons avez ont av aur eu
^aller vais va allons allez vont all ir allé
croire crois croit croyons croyez croient croy croir cru
)";

// "# name" opens a rule whose lines are the alternatives, "% name" one whose words are; the commonest come first.
// <name> expands a rule or one of prose.cpp's slots, <name?> does so one time in three. <=verb> and <~adjective> agree
// with the subject of the clause.
const std::string_view grammar_table = R"(
# sentence
<lead?> <clause>.
<clause>.
<clause>, <link> <clause>.
<lead?> <clause>, <tail>.
<clause> : <remark>.
<opening>, <clause>.
<condition>, <clause>.
<clause> <purpose>.
<time>, <person> <do> <object> et <act> <where?>.
<clause> <cause> <clause>.
<fixed>.
<clause> ; <clause>.
<lead?> <clause> <comparison>.
<question> ?
<person> <say> que <clause>.
« <fixed> », <saidby>.
<list>.
<clause>, <relative>.
<fact>.
# clause
<pronoun> <do> <object> <where?>
<person> <do> <object> <where?>
<thing> <be> <adj>
<thing> <act> <where?>
<pronoun> <modal> <todo> <object>
<il y a> <object> <where>
<pronoun> <dont> <object>
<pronoun> <do> <object> et <object>
<thing> <be> <adverb?> <done> par <whom>
<person> et <first> <plural> <do> <object>
<c'est> <thing> qui <act>
<pronoun> <act> <where>
<il faut> <todo> <object> <where?>
<thing> <notact> <where?>
<pronoun> <do> <object> <manner>
<thing> <be> <adj> et <adj>
<person> <act> <where?>
<thing> de <town> <be> <adj>
<pronoun> <begin> <todo> <object>
<person> <modal> <todo> <object> <time>
<pronoun> <do> <amount> de <nouns>
<thing> <be> <degree> <adj> pour <todo> <object>
<pronoun> <do> <object> avant de <todo> <object>
<pronoun> <do> <object> en <doing> <object>
<thing> <be> <adj>, mais <object> <also>
<thing> <become> <degree?> <adj>
<person> nous a <shown> <object>
<pronoun> <be> <feeling>
<thing> ne <be> plus <adj>
<il reste> <amount> de <nouns>
<pronoun> <do> <amount> de <nouns> <where?>
<where>, <thing> <act>
<person> <do> <amount> de <nouns>
plus <thing> <be> <adj>, plus <thing> <act>
il n'y a pas de <nouns> <where?>
# lead
<opening>,
# opening
<time>
<connective>
<time> <where>
<connective>
pour <todo> <object>
en <doing> <object>
quant à <object>
après <amount> de <nouns>
avec <object>
malgré <object>
sans <object>
contrairement à <object>
grâce à <whom>
à partir de <object>
selon <whom>
comme <person> le disait
# link
mais
et
donc
car
alors que
tandis que
et pourtant
si bien que
ce qui explique que
puis
pendant que
mais il se trouve que
d'où l'idée que
de sorte que
# cause
parce que
puisque
lorsque
dès que
quand
comme si
tant que
depuis que
au moment où
à mesure que
surtout quand
# tail
ce qui <takes> <timespan>
ce qui n'est pas <wordadj>
sans <todo> <object>
comme prévu
comme chaque <period>
au lieu de <todo> <object>
en <doing> <object>
du moins <where>
surtout <where>
y compris <object>
avec <object>
mais pas <object>
ou presque
sauf <object>
faute de <noun>
d'autant plus que <clause>
à condition de <todo> <object>
plutôt que de <todo> <object>
quitte à <todo> <object>
comme le montre <object>
# condition
si <thing> <now> <be> <adj>
si <pronoun> <now> <do> <object>
quand <thing> <act>
dès que <thing> <be> <adj>
une fois <object> en place
lorsque <person> <do> <object>
tant que <thing> <notact>
à moins de <todo> <object>
s'il y a <object>
# purpose
pour <todo> <object>
afin de <todo> <object>
de manière à <todo> <object>
en vue de <todo> <object>
de peur de <todo> <object>
avant de <todo> <object>
jusqu'à <object>
sans <todo> <object>
# comparison
comme <object>
autant que <object>
plus que <object>
aussi bien que <object>
de la même façon que <object>
encore mieux que <object>
moins souvent que <object>
# question
<how> <todo> <object>
et si <pronoun> <often> <do> <object>
pourquoi <thing> <notact>
qui <do3> <object> <where>
où trouver <object>
faut-il vraiment <todo> <object>
combien de <nouns> faut-il pour <todo> <object>
est-ce que <thing> <now> <be> <adj>
à quoi bon <todo> <object>
# how
comment
quand
pourquoi
est-il utile de
# remark
<thing> <be> <degree?> <adj>
<clause>
on <do3> d'abord <object>, ensuite <object>
<il faut> <todo> <object>
<object>, <object> et <object>
rien de <wordadj>
tout est à refaire
comptez <timespan>
<number> <nouns> et <number> <nouns>
# relative
ce que <person> <say> aussi
<object> que <person> <do3> <where>
là où <thing> <act>
<object> sans <object>
# list
<listhead> : <object>, <object>, <object>
<order> <object>, puis <order> <object>
<order> <object> <where>
n'oubliez pas de <todo> <object>
<order> <object> et <order> <object> <purpose>
<listhead> : <number> <nouns>, <object> et <number> <nouns>
# listhead
à prévoir
il reste à faire
matériel
à retenir
dans le sac
pour la suite
nous avons vu
à acheter
résultats
points à revoir
trois choses comptent
# fact
<thing> <now> <=mesurer> <number> <unit> de <dimension>
<thing> <now> <=coûter> <number>,<two> euros
le <date>, <clause>
en <year>, <clause>
<first> <last>, <job>, <do3> <object>
<thing> <now> <=peser> <number> <weight> environ
à <clock>, <clause>
température : <small>,<digit> degrés ; <clause>
voir page <number>, <object>
<clause> entre <year> et <year>
<town> compte <number> habitants
<two> % des <nouns> <plural> <now> <be> <done>
rendez-vous à <clock> avec <first>, <where>
<first> <last>, <number> <street>, <town>
téléphone de <first> : 0<digit> <two> <two> <two> <two>
de <town> à <town>, il y a <number> kilomètres
# fixed
tout s'est bien passé
il n'y a pas de quoi s'inquiéter
on verra bien demain
il fallait y penser
c'est plus facile à dire qu'à faire
rien ne sert de courir
cela n'a rien changé
je m'en souviendrai longtemps
nous en reparlerons <coming time>
la suite au prochain épisode
personne n'a rien vu
il était temps
voilà pour aujourd'hui
cela vaut la peine d'essayer
j'ai eu tort de ne pas écouter <first>
on ne nous y reprendra plus
ce n'est pas si mal pour une première fois
tout est à recommencer
à chaque jour suffit sa peine
merci à <first> et à <first> pour leur aide
il vaut mieux prévenir que guérir
chacun fait comme il peut
le plus dur est derrière nous
je n'en dirai pas davantage
qui vivra verra
nous n'étions que <small>
reste à savoir qui <do3> <object>
cela dépend de <object>
je pense à <object>
on a bien ri avec <first>
bonne nouvelle : <clause>
petit rappel : <order> <object>
il pleut sans arrêt depuis <timespan>
la nuit a été courte
# say
pense
dit
affirme
croit
raconte
répète
assure
prétend
suppose
nous apprend
soutient
m'écrit
a remarqué
a toujours dit
# saidby
disait <person>
a dit <first>
répète <person>
soupire <first>
répond <first> <last>
a lancé <person>
m'a confié <first>
conclut <person>
grommelle <first>
s'étonne <first>
# shown
montré
apporté
prêté
vendu
promis
raconté
offert
expliqué
indiqué
rapporté
# c'est
c'est
ce n'est pas
c'était
ce sera
c'est toujours
c'est peut-être
# il y a
il y a
il y avait
il y aura
on trouve
il manque
voici
voilà
on remarque
il existe
# il faut
il faut
il est possible de
il vaut mieux
il fallait
il suffit de
il a fallu
on peut
il est temps de
il faudra
il est interdit de
pas question de
il est conseillé de
inutile de
reste à
# il reste
il reste
il nous manque
cela fait
il a fallu
on a compté
il tombe
cela demande
# begin
<have> commencé à
<have> fini de
<go>
<have> décidé de
<have> essayé de
<be> en train de
<have> oublié de
<have> réussi à
<have> l'habitude de
<be> <~obligé> de
<have> du mal à
<have> envie de
<have> promis de
<be> <~capable> de
<have> hâte de
# takes
prend
demande
représente
nous fait
laisse
exige
# become
<=+devenir>
<=sembler>
<=+rester>
<=paraître>
<be>
# also
aussi
de même
encore plus
un peu moins
pas du tout
non plus
# feeling
d'accord
en retard
en avance
à l'aise
de bonne humeur
au courant
<~prêt>
en colère
sur le point de <todo> <object>
sans nouvelles de <first>
<~ravi> de <todo> <object>
bien <~content>
de retour
à bout de forces
# degree
très
assez
trop
plus
plutôt
bien
moins
vraiment
presque
tout à fait
un peu
si
extrêmement
particulièrement
à peine
suffisamment
franchement
légèrement
# amount
beaucoup
plus
peu
assez
tant
moins
une dizaine
une bonne quantité
une poignée
trop
une vingtaine
une série
une foule
des dizaines
autant
une centaine
un tas
un bon nombre
pas mal
un lot
# where
<local>
<local>
<local>
dans <object>
sur <object>
à <town>
chez <first>
près de <object>
sous <object>
derrière <object>
au milieu de <nouns>
entre <object> et <object>
à côté de <object>
devant <object>
autour de <object>
contre <object>
à travers <object>
au-dessus de <object>
de <town> à <town>
loin de <object>
à l'intérieur de <object>
en face de <object>
au bord de <object>
ici
là-bas
dehors
quelque part
partout
un peu plus loin
tout en haut
# manner
<adverb>
avec <object>
sans <noun>
<adverb>
à l'aide de <object>
en <timespan>
<adverb> et <adverb>
d'un geste
d'une main
à tour de rôle
comme d'habitude
tous ensemble
tant bien que mal
à tâtons
petit à petit
avec <first>
# any time
ce matin
aujourd'hui
<weekday>
ce soir
cette année
vers <clock>
le <date>
en <month>
au printemps
pendant <timespan>
après le repas
cette nuit
<weekday> matin
<weekday> soir
dans l'après-midi
de bonne heure
tôt ou tard
à midi
en fin de journée
avant l'hiver
au bout de <timespan>
à la mi-<month>
vers la fin de <month>
en moins de <timespan>
# past time
<any time>
hier
<any time>
la semaine dernière
l'été dernier
il y a <timespan>
la veille
le lendemain
en <year>
les jours suivants
autrefois
en <month> dernier
avant-hier
<weekday> dernier
l'autre jour
# present time
<any time>
<any time>
depuis <timespan>
maintenant
tous les <weekday>s
chaque <period>
depuis <year>
une fois par semaine
le <weekday>
en ce moment
depuis <weekday>
une fois par an
d'habitude
ces jours-ci
# coming time
<any time>
demain
<any time>
dans <timespan>
<weekday> prochain
l'an prochain
la semaine prochaine
après-demain
d'ici <timespan>
bientôt
en <month> prochain
au prochain printemps
# timespan
<small> jours
une heure
quelques jours
<small> ans
une semaine
<small> minutes
plusieurs mois
deux heures
un mois
une demi-heure
<small> semaines
un quart d'heure
des années
près d'un an
quarante-huit heures
une bonne partie de la <period2>
# period
jour
semaine
année
matin
mois
soir
hiver
dimanche
été
printemps
automne
# period2
journée
nuit
matinée
soirée
semaine
saison
# clock
<hour> h <two>
<hour> heures
<hour> h 30
<hour> heures et demie
# date
<day> <month>
<day> <month> <year>
<weekday> <day> <month>
# connective
d'abord
ensuite
en effet
enfin
par contre
en revanche
cependant
par exemple
en fait
de plus
au contraire
finalement
bref
heureusement
d'ailleurs
en tout cas
pourtant
malheureusement
à mon avis
par conséquent
bien entendu
de toute façon
en résumé
dans l'ensemble
à vrai dire
autrement dit
d'une part
d'autre part
pour ma part
à ce propos
sans doute
peut-être
en attendant
pour commencer
de ce côté
en principe
en pratique
à première vue
à la réflexion
faute de mieux
pour l'instant
une fois de plus
entre nous
à l'inverse
du coup
dans ces conditions
en définitive
curieusement
en somme
par chance
de fil en aiguille
tout compte fait
comme toujours
avant toute chose
en d'autres termes
somme toute
soit dit en passant
# job
maire de <town>
garagiste à <town>
responsable de <object>
qui habite <town>
de passage à <town>
libraire à <town>
qui vient de <town>
bénévole depuis <year>
architecte à <town>
# street
rue <last>
place de la <saintly>
rue de la <saintly>
chemin de la <saintly>
avenue <first> <last>
impasse <last>
# town
<townname>
<townname>
<townname>
<townname>
<townname>-<townend>
Saint-<he>
Sainte-<she>
Saint-<he>-<townend>
<townhead><townfoot>
# title
<noun>
<noun> <adjof>
<noun> de <noun>
<first> <last>
<noun> et <noun>
<todo> <object>
<nouns> de <month>
<noun> de <first>
<noun> <adjof> de <town>
liste de <nouns>
<noun>, <weekday> <day> <month>
<noun> de <noun> <adjof>
idées pour <object>
comment <todo> <object> <where>
compte rendu de <object>
<object> et <object> de <first>
préparer <object> pour <weekday>
notes sur <object> et <object>
<town>, <month> <year>
pourquoi <thing> <act> <where>
% small
deux trois quatre cinq six sept *huit dix douze quinze vingt neuf trente *onze quarante treize quatorze seize cinquante
% modal verb
pouvoir devoir vouloir espérer préférer oser penser savoir compter souhaiter
% adverb
bien vite rapidement souvent toujours encore lentement doucement facilement parfois mieux simplement soigneusement
complètement directement ensemble vraiment seulement régulièrement longtemps correctement discrètement patiemment
difficilement calmement franchement exactement immédiatement légèrement fermement sérieusement rarement volontiers
gratuitement brusquement tranquillement silencieusement progressivement délicatement péniblement largement nettement
proprement précisément entièrement définitivement librement joyeusement prudemment bruyamment constamment couramment
évidemment fréquemment apparemment récemment différemment suffisamment méthodiquement énergiquement efficacement
provisoirement autrement vigoureusement maladroitement adroitement secrètement ouvertement solidement vainement
machinalement courageusement généreusement provisoirement partiellement grossièrement finement tendrement
% weekday
lundi mardi mercredi jeudi vendredi samedi dimanche
% month
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
% unit
mètres centimètres millimètres pas pouces kilomètres
% dimension
long large haut diamètre profondeur
% weight
kilos grammes tonnes livres
% wordadj
grave simple nouveau facile évident possible rare certain suffisant prévu extraordinaire négligeable sûr logique
surprenant anormal donné désagréable impossible gratuit
% before
petit/petite grand/grande bon/bonne premier/première nouveau/nouvelle dernier/dernière autre/autre gros/grosse
vieux/vieille beau/belle même/même seul/seule mauvais/mauvaise ancien/ancienne long/longue joli/jolie simple/simple
véritable/véritable second/seconde futur/future *haut/haute court/courte vrai/vraie double/double énorme/énorme
prochain/prochaine meilleur/meilleure fameux/fameuse précieux/précieuse brave/brave rude/rude
% saintly
République Gare Fontaine Liberté Paix Poste Mairie Source Chapelle Croix Forge
# first
<she>
<he>
% she
Marie Claire Louise Hélène Jeanne Sophie Camille Alice Léa Margot Nadia Inès Odile Yvonne Fatou Agathe Solange Zoé
Céline Aurore Lucie Denise Rose Mireille Suzanne Chloé Colette Amélie Gisèle Anouk Élise Manon Blanche Véronique
Clémence Bérénice Irène Ludivine Ophélie Pauline Noémie Estelle Delphine Adèle Violette Marguerite Salomé Capucine
Aimée Constance Rachida Philippine Thérèse Joséphine Apolline Perrine Sidonie Ariane
% he
Paul Jean Antoine Luc Thomas Marc Hugo Julien Étienne Simon Karim Bruno Gaspard Rémi Maxime Émile Victor Mathis Denis
Félix Arthur Bastien Olivier Théo Gilles Samir Noé Édouard Benoît Quentin Roland Didier Yanis Fabrice Tristan Loïc
Gaël Armand Cyril Augustin Basile Raymond Mehdi Kévin Honoré Octave Firmin Barnabé Ulysse Ambroise Sacha Anselme
Marius Lucien Justin Valentin
% last
Martin Lefort Durand Moreau Petit Garnier Lambert Roussel Blanchard Fontaine Chevalier Masson Perrin Gauthier Renaud
Barbier Lacroix Dumas Picard Collet Marchand Vasseur Delattre Benali Guérin Prévost Leclerc Tessier Boulanger Meunier
Charpentier Le_Goff Kerbrat Diallo Nguyen Ferreira Rossi Carpentier Aubry Bonnet Hamel Jacquemin Rivière Poirier
Deschamps Vidal Castaing Etcheverry Dubreuil Malet Courtois Faivre Grandjean Humbert Maillard Pelletier Quéméner
Sabatier Thévenin Vautrin Weber Zimmer Ardouin Berthelot Cazenave Desjardins Escoffier Fauconnier Gourdon Hivert
Jolivet Lagarde Montagnier Nivelle Ollivier Pasquier Rambaud Saulnier Trintignac Verdier Bellanger Chastel
% townname
Lyon Nantes Paris Rennes Grenoble Dijon Toulouse Brest Valmont Beaulieu Clairval Rochebrune Villeneuve Montclar
Bordeaux Lille Annecy Quimper Auxerre Cahors Aubrac Mende Saumur Vannes Colmar Nancy Arles Digne Sarlat Aurillac
Chambéry Fougères Morlaix Vesoul Pontarlier Langogne Figeac Uzès Lodève Briançon Gap Tulle Guéret Bourges Nevers
Avranches Cambrai Senlis Provins Épernay Verdun Saverne Luchon Foix Dax Orthez Blaye Royan Niort Loudun Chinon
Genève Bruxelles Turin Porto Oslo Québec Dakar Tunis Gand Lausanne Séville Prague
% townend
sur-Loire les-Bains le-Vieux en-Forêt sur-Mer la-Rivière du-Bois sous-Roche le-Haut sur-Vère lès-Vignes des-Prés
en-Plaine la-Chapelle d'en-Bas sur-Oule aux-Bois
% townhead
Mont Ville Beau Roche Clair Font Val Champ Pont Haut Bel Mar Chante Combe Puy Sauve Malle Aigue Vau Lan Mire Peyre
% townfoot
fort rieux velle mont gny lac court bois brun vert lieu vaux loup ville neuf morte dieu moulin loire bert ges nac zan
)";

}  // namespace carnet::bench
