const WORDS = `
  gestern heute vorgestern übermorgen uhr stunde stunden std minuten für auf und oder nicht bei seit letzte letzten letzter
  nächste nächsten diese dieser dieses woche monat montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
  halb viertel vormittag nachmittag abend mittag buche buchen bitte trage erfasse starte stoppe beende lösche erstelle zeige
  ich mein meine meinen eine einen arbeit
  hier demain aujourd'hui avant-hier heure heures demi demie lundi mardi mercredi jeudi vendredi samedi dimanche semaine
  dernier dernière prochain prochaine depuis jusqu'à pendant avec ajoute ajouter enregistre enregistrer démarre démarrer
  arrête arrêter supprime supprimer crée créer travail matin soir après-midi
  ayer hoy mañana anteayer hora horas minutos lunes martes miércoles miercoles jueves viernes sábado sabado domingo
  semana pasado pasada próximo próxima desde hasta durante registra registrar borra borrar elimina eliminar inicia detén
  crea crear trabajo tarde noche
  ieri oggi domani ore minuti mezza lunedì martedì mercoledì giovedì venerdì domenica settimana scorso scorsa prossimo
  prossima dalle alle fino mattina pomeriggio aggiungi registrare cancella avvia ferma lavoro
  ontem hoje amanhã anteontem segunda-feira terça-feira quarta-feira quinta-feira sexta-feira terça quarta quinta sexta
  passada até às manhã adicione apague inicie trabalho
  gisteren vandaag eergisteren uur uren maandag dinsdag woensdag donderdag vrijdag zaterdag zondag afgelopen vorige volgende
  voor sinds boek verwijder
  wczoraj dziś dzisiaj jutro przedwczoraj godzin godziny godzinę godzina minut poniedziałek wtorek środa czwartek piątek
  sobota niedziela tydzień usuń dodaj
  igår idag imorgon timmar timme måndag tisdag onsdag torsdag fredag lördag söndag och för på vecka minuter
  mandag tirsdag lørdag søndag uge uke minutter
  eilen tänään huomenna tuntia tunti maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai minuuttia
  včera dnes zítra hodin hodiny hodinu pondělí úterý středa čtvrtek pátek neděle
  dün bugün yarın saat dakika pazartesi salı çarşamba perşembe cuma cumartesi
  tegnap holnap óra órát perc hétfő kedd szerda csütörtök péntek szombat vasárnap
  mâine astăzi kemarin besok`;

/** Days, times and little words by which a sentence shows that it is not English. English words are not among them. */
const FOREIGN: ReadonlySet<string> = new Set(WORDS.split(/\s+/).filter((word) => word !== ''));

/** Whether a word in small letters belongs to a language or a script in which nothing is read here. */
export function isForeign(word: string): boolean {
  return FOREIGN.has(word) || /[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u.test(word);
}
