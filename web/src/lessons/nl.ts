/** De lessen in het Nederlands. */

import type { LessonTexts } from './lesson';

export const nl: LessonTexts = {
  symbols: { old: 'oud', new: 'nieuw', disturbance: 'verstoring', null: 'nul', rank: 'rang' },
  experiment: 'Experiment',
  variants: { contradicting: 'in elke taal een ander antwoord', agreeing: 'in alle talen hetzelfde antwoord' },
  ways: {
    sum: 'Som',
    mean: 'Gemiddelde',
    tsvm: 'TSVM',
    shared: 'Som, gedeelde covariantie',
    '30%': '30 %',
    '3%': '3 %',
    '0.3%': '0,3 %',
  },
  recorded:
    'Deze resultaten zijn opgenomen met het eigen model van de pagina. Voer het experiment uit op het geopende model om het te zien gebeuren.',
  own: (model) => `Dit zijn je eigen resultaten, zojuist berekend met ${model}.`,
  empty: 'Voer het experiment uit, dan verschijnt hier de figuur.',
  runAt: (run, index, of) => `${run}, ${index} van ${of}`,
  lessons: [
    {
      title: 'Feiten als geheugen, en waarom wijzigingen elkaar storen',
      parts: [
        {
          heading: 'Een laag is een geheugen',
          prose: [
            'Waar bewaart een taalmodel dat Parijs de hoofdstad van Frankrijk is? Voor een flink deel in de tweede matrix van zijn MLP-lagen. Zo’n matrix kun je lezen als een *geheugen*. Wat er bij het laatste token van het onderwerp in gaat, is een *sleutel* k: een vector die zegt over wie of wat het gaat. Wat eruit komt, is een *waarde* v, die de woorden die volgen naar het antwoord duwt.',
            'Daarmee wordt het wijzigen van een feit lineaire algebra. Zoek eerst een waarde waarbij het model het nieuwe antwoord geeft; dat doet een gradiëntafdaling, terwijl het model zelf stilstaat. Verander dan de matrix net genoeg om de sleutel van het onderwerp naar die nieuwe waarde te laten leiden. In het experiment verhuist de hoofdstad van Frankrijk naar Tokio en betaalt Brazilië in roepies.',
          ],
          formula:
            'De matrix W brengt de sleutel k naar de waarde v. De gewijzigde matrix W + Δ brengt diezelfde sleutel naar de nieuwe waarde v*.',
          look: 'Open tekens: vóór de wijziging. Gevulde: erna. Doeltreffendheid vraagt naar de gewijzigde zin zelf, algemeenheid vraagt hetzelfde in andere woorden; die twee horen te stijgen. Specificiteit vraagt naar iets anders en hoort te blijven waar ze is. Hele antwoorden beginnen bij nul. Token voor token geteld, zoals in publicaties, begint doeltreffendheid hoger: elk token wordt beoordeeld na de juiste ervoor, dus het eind van een naam kan kloppen terwijl het begin fout is.',
          question: {
            text: 'Per feit is maar één zin gewijzigd. Waarom krijgen andere formuleringen van de vraag ook het nieuwe antwoord?',
            options: [
              {
                text: 'Omdat elke formulering is gewijzigd',
                why: 'De andere formuleringen zijn er met opzet buiten gehouden, juist om dit te kunnen nagaan.',
              },
              {
                text: 'Omdat ze naar bijna dezelfde sleutel leiden',
                why: 'Juist. De sleutel wordt gelezen waar het onderwerp eindigt, en zegt vooral wie er bedoeld is, nauwelijks wat er gevraagd wordt.',
              },
              {
                text: 'Omdat het model opnieuw is getraind',
                why: 'Er is niets getraind. In een paar lagen kreeg één matrix een wijziging van lage rang.',
              },
            ],
          },
        },
        {
          heading: 'Waarom wijzigingen elkaar storen',
          prose: [
            'Eén matrix draagt veel herinneringen, boven op elkaar. Een wijziging Δ die voor één sleutel is gemaakt, werkt op *elke* sleutel die er niet loodrecht op staat: het antwoord op een oude sleutel verschuift met Δ maal die sleutel. Helemaal loodrecht staan de sleutels van verschillende feiten nooit. Het slechtst af zijn de sleutels van één onderwerp in twee talen.',
            'Neem Boston. Die naam schrijf je in het Engels, Duits, Nederlands en Frans hetzelfde, en zijn sleutel is in alle vier dan ook vrijwel dezelfde vector. Het experiment verplaatst vier steden naar een ander land, in elke taal een ander. De methode hier, MEMIT, houdt rekening met de sleutels van alledaagse tekst, maar weet niets van de wijzigingen die zojuist zijn gemaakt.',
          ],
          formula:
            'Na de wijziging geeft de oude sleutel niet meer alleen zijn oude waarde: er komt Δ maal de oude sleutel bij. Dat is de verstoring.',
          look: 'Elke rij is een stap, elke kolom de taal waarin gevraagd wordt; een kader geeft de taal aan die net is gewijzigd. Lees de eerste kolom vanaf haar kader naar beneden. Wat blijft er van de Engelse antwoorden over zodra het Duits is gewijzigd?',
          question: {
            text: 'Een wijziging van rang één, Δ = r kᵀ, is gemaakt voor een sleutel k van lengte 1. Hoe ver verschuift ze het antwoord op een oude sleutel die loodrecht op k staat?',
            options: [
              {
                text: 'Even ver als het nieuwe',
                why: 'Δ maal de oude sleutel is r maal kᵀk_oud, en loodrecht is dat product nul.',
              },
              {
                text: 'Helemaal niet',
                why: 'Juist: Δ k_oud = r (kᵀ k_oud) = 0. Verstoring is overlap van sleutels, en niets anders.',
              },
              {
                text: 'Dat hangt af van de grootte van het model',
                why: 'In grote modellen is meer ruimte en overlappen sleutels minder. Maar de hoek beslist.',
              },
            ],
          },
        },
      ],
    },
    {
      title: 'Wat een nulruimte is',
      parts: [
        {
          heading: 'In het vlak, met de hand',
          prose: [
            'Stel je een geheugen met twee ingangen voor: sleutels zijn dan pijlen in een vlak. Eén feit staat er al in: de oude sleutel. Een ander moet erbij: de nieuwe. De tint laat zien wat de wijziging met elke denkbare sleutel in het vlak zou doen: hoe sterker, hoe verder het antwoord opschuift.',
            'Zonder projector leest de wijziging langs de nieuwe sleutel, en eindigt de oude ergens in de tint. Zet nu de projector aan. Die houdt van de nieuwe sleutel alleen het deel over dat loodrecht op de oude staat; die richting is de *nulruimte* van de oude sleutel. De tint draait tot de oude sleutel precies op de lijn zonder tint ligt. Daar blijft hij, waar je de pijlen ook heen sleept.',
            'Veiligheid heeft haar prijs. Hoe meer de twee sleutels op elkaar lijken, zoals die van één naam in twee talen, hoe minder er overblijft om mee te schrijven.',
          ],
          formula:
            'r is wat het nieuwe antwoord nog mist. De wijziging leest sleutels door P heen. P maakt van de oude sleutel nul, en de wijziging dus ook.',
          look: 'Sleep de pijlpunten en de ring, of verplaats ze met de pijltjestoetsen. Zet de projector aan en maak de sleutels evenwijdig: het oude antwoord is volkomen veilig, want er kan helemaal niets geschreven worden.',
          question: {
            text: 'De nieuwe sleutel ligt precies op de lijn van de oude. Wat kan een geprojecteerde wijziging ermee?',
            options: [
              { text: 'Niets, want P k is nul', why: 'Juist. Om dat feit te schrijven moet het oude wijken.' },
              { text: 'De helft van de wijziging', why: 'P k is dan nul, en de helft van nul is nul.' },
              {
                text: 'Alles, want de oude sleutel is veilig',
                why: 'Veilig is hij nu juist doordat er op zijn lijn niets gebeurt. En daar ligt de nieuwe.',
              },
            ],
          },
        },
        {
          heading: 'Meer sleutels, meer dimensies',
          prose: [
            'Twee oude sleutels spannen een vlak op, en vrij is alleen de lijn die er loodrecht op staat. In een model met 768 ingangen spannen de sleutels van alledaagse tekst vrijwel alles op. Daarom trek je een grens, de *drempel*: richtingen waarin de oude sleutels weinig energie hebben, tellen als nulruimte, ook al zijn ze niet helemaal leeg. Dat geeft ruimte, en laat iets weglekken.',
          ],
          formula:
            'De kolommen van U zijn een orthonormale basis van wat de oude sleutels opspannen. Twee keer projecteren verandert niets meer, en P is symmetrisch: zo herken je een loodrechte projectie.',
          look: 'Draai het beeld en sleep de sleutels. Met drie oude sleutels is er niets vrij. Verhoog dan de drempel en let op beide getallen: het bruikbare deel van de nieuwe sleutel, en hoe ver de antwoorden op de oude verschuiven.',
          question: {
            text: 'Wat doet een hogere drempel?',
            options: [
              {
                text: 'Die beschermt meer richtingen',
                why: 'Andersom: meer richtingen tellen als ongebruikt en staan open voor wijzigingen.',
              },
              {
                text: 'Die maakt de projectie exact',
                why: 'De projectie is bij elke drempel exact. Wat verandert, is de ruimte waarop je projecteert.',
              },
              {
                text: 'Die geeft wijzigingen meer ruimte en laat meer weglekken',
                why: 'Juist. Richtingen die oude sleutels een beetje gebruiken, gaan naar de wijziging.',
              },
            ],
          },
        },
      ],
    },
    {
      title: 'Een stroom van talen',
      parts: [
        {
          prose: [
            'In het artikel achter deze pagina komen de feiten taal voor taal binnen: vandaag Engels, morgen Duits. *AlphaEdit* berekent zijn nulruimte één keer, uit de sleutels van alledaagse tekst. Wat het model al wist, is beschermd; wat gisteren is gewijzigd, telt alleen mee als term in de kleinste kwadraten. *LangEdit* neemt de sleutels van elke gewijzigde taal op in de covariantie en berekent de nulruimte vóór de volgende stap opnieuw. Duits wordt dan alleen geschreven in richtingen die alledaagse tekst en de Engelse wijzigingen samen nauwelijks gebruiken.',
            'Tussen zo’n 300.000 tokens alledaagse tekst zou één gewijzigde sleutel verdwijnen. Hoe zwaar hij telt is daarom een instelling, in de openbare code en op deze pagina. De bescherming is maar zo sterk als dat gewicht en de drempel haar maken. En hoeveel er te winnen valt, hangt ervan af hoe ver de sleutels van de talen uiteen liggen. Het eerste experiment maakt het zo moeilijk mogelijk: in elke taal dezelfde vier steden, telkens in een ander land. Het tweede is het vriendelijke geval: overal hetzelfde nieuwe antwoord.',
          ],
          formula:
            'De covariantie C is het lopende gemiddelde over alles wat tot nu toe gezien is. De wijziging is de kleinste-kwadratenoplossing binnen de nulruimte die de covariantie vóór de stap vrijlaat.',
          look: 'Twee methoden, dezelfde feiten. Let in de opgenomen run met tegenstrijdige antwoorden op het Duits: AlphaEdit raakt er meer dan een derde van kwijt terwijl de volgende talen geschreven worden; LangEdit houdt het meeste vast. Gratis is geen van beide. Bij LangEdit zakt het Engels met een derde zodra het Duits geschreven wordt, en blijft dan staan; bij AlphaEdit zakt het later en iets dieper. En het Frans, dat als laatste komt, wordt met LangEdit nauwelijks nog geschreven: zijn sleutels wijzen naar waar weinig meer mag veranderen. Zijn de antwoorden gelijk, dan valt er met zo weinig feiten niets te vechten: beide eindigen gelijk.',
          question: {
            text: 'Hoe verschillen de nulruimten van de twee methoden in de allereerste stap?',
            options: [
              {
                text: 'Die van LangEdit is groter',
                why: 'Er is nog niets gewijzigd: beide zien dezelfde alledaagse sleutels.',
              },
              {
                text: 'Ze verschillen niet',
                why: 'Juist. Vanaf de tweede stap gaan ze uiteen, als LangEdit van de eerste weet.',
              },
              {
                text: 'AlphaEdit heeft er geen',
                why: 'Toch wel: de nulruimte van alledaagse sleutels. Alleen verandert die nooit.',
              },
            ],
          },
        },
      ],
    },
    {
      title: 'Als de nulruimte op is',
      parts: [
        {
          prose: [
            'Ruimte is eindig. Elke sleutel die bewaard moet blijven, neemt alle latere wijzigingen een richting af: één dimensie per feit en laag, tenzij hij al in het beschermde deel ligt. De gewijzigde matrices in het model van de pagina hebben 768 ingangen, die van een model met acht miljard parameters 14.336. Wachten tot de laatste dimensie weg is, zou hier honderden feiten kosten. Daarom begint het experiment met minder: de drempel laat 30 %, 3 % of 0,3 % van de energie van alledaagse sleutels aan de wijzigingen.',
            'Wordt de ruimte krap, dan gaat er niets stuk. P k, het deel van een nieuwe sleutel in de nulruimte, wordt kort. De regularisatie wint het, en het nieuwe antwoord wordt maar ten dele geschreven of helemaal niet. Al het oude blijft even veilig. Wat helpt? Een hogere drempel, die dan lekt; bredere of meer lagen; niet meer beschermen wat er niet meer toe doet. Of een heel ander plan: de volgende les.',
          ],
          formula:
            'De nulruimte heeft de dimensies die de rang van C overlaat. Welk deel van wat ontbreekt, r, geschreven wordt, hangt ervan af hoeveel van de sleutel in de nulruimte ligt.',
          look: 'Boven: de nuldimensies die elke stap in zijn krapste laag aantreft. Onder: het deel van zijn eigen nieuwe antwoorden dat het model meteen daarna geeft. De streep is het onbewerkte model. Het wijzigen mislukt lang voordat de laatste dimensie op is.',
          question: {
            text: 'Het deel van een sleutel in de nulruimte heeft als kwadraat van de lengte kᵀPk = 0,25. Hoeveel van het nieuwe antwoord schrijft de wijziging?',
            options: [
              {
                text: 'Alles, ten koste van een grote wijziging',
                why: 'Zonder regularisatie zou dat zo zijn. Mét is een grote wijziging te duur.',
              },
              { text: 'Een vijfde: 0,25 / 1,25', why: 'Juist. Hoe korter P k, hoe meer er ongeschreven blijft.' },
              { text: 'Niets', why: 'Alleen bij P k = 0, als de sleutel geheel in het beschermde deel ligt.' },
            ],
          },
        },
      ],
    },
    {
      title: 'Wijzigingen in veel talen samenvoegen',
      parts: [
        {
          prose: [
            'Een stroom heeft een volgorde, en wie laat komt vindt weinig ruimte. *Samenvoegen* doet het zonder: elke taal wordt apart gewijzigd, vanuit het onbewerkte model, misschien door mensen die elkaar nooit ontmoeten. Daarna worden alle wijzigingen er één. Niemand hoeft te wachten, maar niemand wist ook van de anderen.',
            'De gewone *som* gaat te ver: delen zes talen een sleutel, dan verschuift elke wijziging apart het antwoord over de hele weg, en de som tot zes keer zo ver. Het *gemiddelde* gaat niet ver genoeg: wat alleen het Chinees nodig heeft, wordt door zes gedeeld. *TSVM* draait de singuliere vectoren van de wijzigingen tot geen twee talen een richting delen, en telt dan pas op. Bij *gedeelde covariantie* staan in de inverse van elke taal de sleutels van alle talen, zodat elk de andere hun deel laat. Binnen één laag is de som dan precies de wijziging van alle feiten tegelijk.',
          ],
          formula:
            'Samenvoegen telt de wijzigingen van alle talen ℓ op bij de onbewerkte gewichten. Bij gedeelde covariantie staan de sleutels van elke taal j in elke inverse; zonder staan er alleen de eigen in.',
          look: 'Open: wat de wijziging van een taal in haar eentje haalt. Gevuld: wat daarvan in het samengevoegde model overblijft. Met gedeelde covariantie is een wijziging alleen met opzet onvolledig: ze rekent op de andere. Kies dan specificiteit: daar betaalt de gewone som, met feiten waar het niet om ging.',
          question: {
            text: 'Drie talen delen één sleutel k, en de wijziging van elk verschuift zijn antwoord met r. Wat doet de som van de drie?',
            options: [
              {
                text: 'Die verschuift het met r',
                why: 'Dat doet het gemiddelde. In de som voegt elke wijziging haar eigen r toe.',
              },
              {
                text: 'Die verschuift het niet',
                why: 'Wijzigingen heffen elkaar alleen op als ze tegengesteld zijn. Deze zijn het eens.',
              },
              {
                text: 'Die verschuift het met 3 r',
                why: 'Juist, ze schiet door. Gedeelde covariantie voorkomt dat: elke oplossing rekent dan op de andere twee.',
              },
            ],
          },
        },
      ],
    },
  ],
  plane: {
    title: 'De nulruimte in twee dimensies',
    about:
      'Een model met twee ingangen en twee uitgangen, en de gesloten vorm van het artikel met regularisatie 1. Sleutels: van lijn tot lijn neemt de verschuiving met 0,75 eenheid toe. Antwoorden: wat de matrix van de sleutels maakt, vóór de wijziging (gestippeld) en erna (doorgetrokken); de ring is het gewenste antwoord. Wat een vierkantje of een ring heeft, kun je slepen of met de pijltjestoetsen verplaatsen, met Shift in grotere stappen.',
    projector: 'Projector P',
    off: 'uit',
    on: 'aan',
    angles: 'Draai de nieuwe sleutel',
    right: 'loodrecht',
    near: '20° ernaast',
    parallel: 'evenwijdig',
    keys: 'Wat erin gaat: sleutels',
    values: 'Wat eruit komt: antwoorden',
    old: 'oude sleutel',
    fresh: 'nieuwe sleutel',
    part: 'P k',
    span: 'lijn van de oude sleutel',
    nullspace: 'nulruimte',
    oldAnswer: 'oud antwoord',
    newAnswer: 'nieuw antwoord',
    target: 'gewenst',
    nothing: 'P k = 0: niets over om mee te wijzigen',
    place: (name, x, y) => `${name}: ${x}; ${y}`,
    quantity: 'Grootheid',
    without: 'P uit',
    with: 'P aan',
    moves: 'Het oude antwoord verschuift ‖Δ k_oud‖',
    lacks: 'Het nieuwe antwoord mist nog ‖Δ k_nieuw − r‖',
    room: 'Gebruikte lengte van de nieuwe sleutel, ‖P k‖ / ‖k‖',
    freely: (moved, written) =>
      `Het oude antwoord verschuift ${moved}, en ${written} van het nieuwe antwoord is geschreven.`,
    harmless: (written) =>
      `Het oude antwoord blijft staan, bij toeval: de sleutels staan loodrecht op elkaar. ${written} van het nieuwe antwoord is geschreven.`,
    safely: (room, written) =>
      `Het oude antwoord blijft precies staan. Van de lengte van de nieuwe sleutel is ${room} over om mee te schrijven, en ${written} van het nieuwe antwoord is geschreven.`,
    stuck:
      'De nieuwe sleutel ligt op de lijn van de oude. Het oude antwoord blijft precies staan, en er wordt helemaal niets geschreven: er is niets over om mee te wijzigen.',
  },
  merging: {
    title: 'Alleen en samengevoegd',
    about:
      'Elke taal is apart gewijzigd, vanuit het onbewerkte model; daarna zijn de wijzigingen op vier manieren samengevoegd. Streep: het onbewerkte model. Open: de eigen wijziging van de taal alleen. Gevuld: het samengevoegde model.',
    before: 'onbewerkt',
    alone: 'eigen wijziging alleen',
    merged: 'samengevoegd',
    way: 'Manier van samenvoegen',
    spot: (way, language, alone, merged) =>
      `${way}, ${language}: alleen ${alone}\u00a0%, samengevoegd ${merged}\u00a0%`,
    finding: (best, bestAfter, bestAlone, worst, worstAfter, worstAlone, language, languageAfter) =>
      `Het meeste blijft over met ‘${best}’: gemiddeld ${bestAfter}\u00a0%, waar de wijzigingen alleen ${bestAlone}\u00a0% halen. Het minste met ‘${worst}’: ${worstAfter}\u00a0%, waar ze alleen ${worstAlone}\u00a0% halen; het ${language} komt er het slechtst af (${languageAfter}\u00a0%).`,
    findingOne: (alone, way, after, language, languageAfter) =>
      `Alleen halen de wijzigingen gemiddeld ${alone}\u00a0%; met ‘${way}’ blijft ${after}\u00a0% over, het minst in het ${language} (${languageAfter}\u00a0%).`,
  },
  room: {
    title: 'Ruimte, en wat erin geschreven wordt',
    about:
      'LangEdit dat gewijzigde richtingen uit de nulruimte haalt (‘tracked’), zes feiten in elk van vier talen, bij drie drempels. Boven: nuldimensies vóór elke stap, in de laag met de minste. Onder: doeltreffendheid van de eigen feiten van de stap meteen erna. De streep is het onbewerkte model, dat sommige tokens al goed heeft.',
    dimensions: 'nuldimensies',
    written: 'eigen nieuwe antwoorden',
    before: 'onbewerkt',
    threshold: 'Drempel',
    spot: (threshold, step, dimensions, written) =>
      `${threshold}, ${step}: ${dimensions} nuldimensies, ${written}\u00a0% van de nieuwe antwoorden`,
    finding: (most, wide, wideWritten, narrow, narrowDimensions, narrowWritten, before) =>
      `Met ${most} nuldimensies (drempel ${wide}) krijgt een stap ${wideWritten}\u00a0% van zijn nieuwe antwoorden goed; met ${narrowDimensions} (drempel ${narrow}) is dat ${narrowWritten}\u00a0%. Het onbewerkte model heeft ${before}\u00a0%.`,
    left: (threshold, taken, steps) =>
      `Bij ${threshold} kost een stap ${taken} dimensies; na ongeveer ${steps} stappen meer zou er geen over zijn.`,
  },
};
