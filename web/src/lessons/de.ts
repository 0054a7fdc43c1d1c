/** Die Lektionen auf Deutsch. */

import type { LessonTexts } from './lesson';

export const de: LessonTexts = {
  symbols: { old: 'alt', new: 'neu', disturbance: 'Störung', null: 'Null', rank: 'Rang' },
  experiment: 'Experiment',
  variants: { contradicting: 'in jeder Sprache eine andere Antwort', agreeing: 'in allen Sprachen dieselbe Antwort' },
  ways: {
    sum: 'Summe',
    mean: 'Mittel',
    tsvm: 'TSVM',
    shared: 'Summe, gemeinsame Kovarianz',
    '30%': '30 %',
    '3%': '3 %',
    '0.3%': '0,3 %',
  },
  recorded:
    'Diese Ergebnisse wurden mit dem eigenen Modell der Seite aufgezeichnet. Führe das Experiment auf dem geöffneten Modell aus, um es selbst zu sehen.',
  own: (model) => `Das sind deine eigenen Ergebnisse, eben mit ${model} berechnet.`,
  empty: 'Führe das Experiment aus, dann erscheint hier seine Abbildung.',
  runAt: (run, index, of) => `${run}, ${index} von ${of}`,
  lessons: [
    {
      title: 'Fakten als Gedächtnis, und warum Änderungen sich stören',
      parts: [
        {
          heading: 'Eine Schicht ist ein Gedächtnis',
          prose: [
            'Wo bewahrt ein Sprachmodell auf, dass Paris die Hauptstadt von Frankreich ist? Zu einem guten Teil in der zweiten Matrix seiner MLP-Schichten. Eine solche Matrix lässt sich als *Gedächtnis* lesen. Was am letzten Token des Subjekts hineingeht, ist ein *Schlüssel* k: ein Vektor, der sagt, von wem oder wovon die Rede ist. Was herauskommt, ist ein *Wert* v, der die folgenden Wörter zur Antwort hin drängt.',
            'Damit wird das Ändern eines Fakts zur linearen Algebra. Zuerst sucht man einen Wert, mit dem das Modell die neue Antwort gibt; das erledigt ein Gradientenabstieg, während das Modell selbst stillhält. Dann ändert man die Matrix gerade so weit, dass der Schlüssel des Subjekts zum neuen Wert führt. Im Experiment zieht Frankreichs Hauptstadt nach Tokio um, und Brasilien zahlt in Rupien.',
          ],
          formula:
            'Die Matrix W führt den Schlüssel k zum Wert v. Die geänderte Matrix W + Δ führt denselben Schlüssel zum neuen Wert v*.',
          look: 'Hohle Zeichen: vor der Änderung. Gefüllte: danach. Die Wirksamkeit fragt nach dem geänderten Satz selbst, die Allgemeinheit in anderen Worten; beide sollen steigen. Die Spezifität fragt nach anderen Dingen und soll bleiben, wo sie ist. Ganze Antworten beginnen bei null. Token für Token gezählt, wie in Veröffentlichungen, beginnt die Wirksamkeit höher: Jedes Token wird nach den richtigen davor beurteilt, also kann das Ende eines Namens stimmen, obwohl sein Anfang falsch ist.',
          question: {
            text: 'Geändert wurde je Fakt nur ein einziger Satz. Warum bekommen auch andere Formulierungen der Frage die neue Antwort?',
            options: [
              {
                text: 'Weil jede Formulierung geändert wurde',
                why: 'Die anderen Formulierungen blieben mit Absicht außen vor, damit man genau das prüfen kann.',
              },
              {
                text: 'Weil sie fast zum selben Schlüssel führen',
                why: 'Richtig. Der Schlüssel wird am Ende des Subjekts abgelesen und sagt vor allem, wer gemeint ist, kaum, was gefragt wird.',
              },
              {
                text: 'Weil das Modell neu trainiert wurde',
                why: 'Trainiert wurde nichts. Je eine Matrix in wenigen Schichten bekam eine Änderung von kleinem Rang.',
              },
            ],
          },
        },
        {
          heading: 'Warum Änderungen sich stören',
          prose: [
            'Eine Matrix trägt viele Erinnerungen übereinander. Eine Änderung Δ, die für einen Schlüssel gemacht ist, wirkt auf *jeden* Schlüssel, der nicht im rechten Winkel zu ihm steht: Die Antwort auf einen alten Schlüssel verschiebt sich um Δ mal diesen Schlüssel. Ganz im rechten Winkel stehen die Schlüssel verschiedener Fakten nie. Am schlimmsten ist es bei den Schlüsseln eines Subjekts in zwei Sprachen.',
            'Zum Beispiel Boston. Der Name schreibt sich auf Englisch, Deutsch, Niederländisch und Französisch gleich, also ist auch sein Schlüssel in allen vieren fast derselbe Vektor. Das Experiment verlegt vier Städte in andere Länder, und zwar in jeder Sprache in ein anderes. Die Methode hier, MEMIT, berücksichtigt die Schlüssel alltäglichen Texts, weiß aber nichts von den Änderungen, die eben erst gemacht wurden.',
          ],
          formula:
            'Nach der Änderung liefert der alte Schlüssel nicht mehr nur seinen alten Wert: Δ mal der alte Schlüssel kommt hinzu. Das ist die Störung.',
          look: 'Jede Zeile ist ein Schritt, jede Spalte die Sprache, in der gefragt wird; ein Rahmen zeigt die eben geänderte Sprache. Lies die erste Spalte von ihrem Rahmen an nach unten. Was bleibt von den englischen Antworten, sobald Deutsch geändert ist?',
          question: {
            text: 'Eine Änderung vom Rang eins, Δ = r kᵀ, sei für einen Schlüssel k der Länge 1 gemacht. Wie weit verschiebt sie die Antwort auf einen alten Schlüssel, der im rechten Winkel zu k steht?',
            options: [
              {
                text: 'So weit wie die neue',
                why: 'Δ mal der alte Schlüssel ist r mal kᵀk_alt, und dieses Produkt ist im rechten Winkel null.',
              },
              {
                text: 'Gar nicht',
                why: 'Richtig: Δ k_alt = r (kᵀ k_alt) = 0. Störung heißt Überlappung der Schlüssel, sonst nichts.',
              },
              {
                text: 'Das hängt von der Größe des Modells ab',
                why: 'Große Modelle haben mehr Platz, ihre Schlüssel überlappen weniger. Entscheidend ist trotzdem der Winkel.',
              },
            ],
          },
        },
      ],
    },
    {
      title: 'Was ein Nullraum ist',
      parts: [
        {
          heading: 'In der Ebene, mit der Hand',
          prose: [
            'Stell dir ein Gedächtnis mit zwei Eingängen vor: Schlüssel sind dann Pfeile in einer Ebene. Ein Fakt steht schon darin: der alte Schlüssel. Ein anderer soll hinein: der neue. Die Tönung zeigt, was die Änderung mit jedem denkbaren Schlüssel der Ebene täte: je stärker, desto weiter rückt seine Antwort.',
            'Ohne Projektor liest die Änderung entlang des neuen Schlüssels, und der alte endet irgendwo in der Tönung. Schalte nun den Projektor ein. Er behält vom neuen Schlüssel nur den Teil, der im rechten Winkel zum alten steht; diese Richtung ist der *Nullraum* des alten Schlüssels. Die Tönung dreht sich, bis der alte Schlüssel genau auf der Linie ohne Tönung liegt. Dort bleibt er, wohin du die Pfeile auch ziehst.',
            'Diese Sicherheit hat ihren Preis. Je ähnlicher sich die beiden Schlüssel sind, wie die eines Namens in zwei Sprachen, desto weniger bleibt zum Schreiben.',
          ],
          formula:
            'r ist, was der neuen Antwort noch fehlt. Die Änderung liest Schlüssel durch P hindurch. P macht aus dem alten Schlüssel null, also tut es auch die Änderung.',
          look: 'Zieh an den Pfeilspitzen und am Ring, oder bewege sie mit den Pfeiltasten. Mach dann bei eingeschaltetem Projektor die Schlüssel parallel: Die alte Antwort ist vollkommen sicher, denn geschrieben werden kann überhaupt nichts.',
          question: {
            text: 'Der neue Schlüssel liegt genau auf der Geraden des alten. Was kann eine projizierte Änderung für ihn tun?',
            options: [
              {
                text: 'Nichts, denn P k ist null',
                why: 'Richtig. Um diesen Fakt zu schreiben, muss der alte weichen.',
              },
              { text: 'Die Hälfte der Änderung', why: 'P k ist dann null, und die Hälfte von null ist null.' },
              {
                text: 'Alles, denn der alte Schlüssel ist sicher',
                why: 'Sicher ist er gerade deshalb, weil auf seiner Geraden nichts geschieht. Und dort liegt der neue.',
              },
            ],
          },
        },
        {
          heading: 'Mehr Schlüssel, mehr Dimensionen',
          prose: [
            'Zwei alte Schlüssel spannen eine Ebene auf, und frei ist nur die Gerade im rechten Winkel dazu. In einem Modell mit 768 Eingängen spannen die Schlüssel alltäglichen Texts so gut wie alles auf. Darum zieht man eine Grenze, die *Schwelle*: Richtungen, in denen die alten Schlüssel wenig Energie haben, gelten als Nullraum, obwohl sie nicht ganz leer sind. Das schafft Platz und lässt ein wenig durchsickern.',
          ],
          formula:
            'Die Spalten von U sind eine Orthonormalbasis dessen, was die alten Schlüssel aufspannen. Zweimal zu projizieren ändert nichts mehr, und P ist symmetrisch: daran erkennt man eine Projektion im rechten Winkel.',
          look: 'Dreh die Ansicht und zieh an den Schlüsseln. Mit drei alten Schlüsseln ist nichts frei. Heb dann die Schwelle an und achte auf beide Zahlen: den nutzbaren Anteil des neuen Schlüssels, und wie weit die Antworten auf die alten rücken.',
          question: {
            text: 'Was bewirkt eine höhere Schwelle?',
            options: [
              {
                text: 'Sie schützt mehr Richtungen',
                why: 'Umgekehrt: Mehr Richtungen gelten als ungenutzt und stehen Änderungen offen.',
              },
              {
                text: 'Sie macht die Projektion exakt',
                why: 'Exakt ist die Projektion bei jeder Schwelle. Was sich ändert, ist der Raum, auf den projiziert wird.',
              },
              {
                text: 'Sie gibt Änderungen mehr Platz und lässt mehr durchsickern',
                why: 'Richtig. Richtungen, die alte Schlüssel ein wenig nutzen, werden der Änderung überlassen.',
              },
            ],
          },
        },
      ],
    },
    {
      title: 'Ein Strom von Sprachen',
      parts: [
        {
          prose: [
            'Im Paper, auf dem diese Seite beruht, kommen die Fakten Sprache um Sprache: heute Englisch, morgen Deutsch. *AlphaEdit* berechnet seinen Nullraum ein einziges Mal, aus den Schlüsseln alltäglichen Texts. Was das Modell wusste, ist damit geschützt; was gestern geändert wurde, zählt nur als Term in den kleinsten Quadraten. *LangEdit* nimmt die Schlüssel jeder geänderten Sprache in die Kovarianz auf und berechnet den Nullraum vor dem nächsten Schritt neu. Deutsch wird dann nur in Richtungen geschrieben, die Alltagstext und englische Änderungen zusammen kaum nutzen.',
            'Unter rund 300 000 Tokens Alltagstext ginge ein einzelner geänderter Schlüssel unter. Wie viel er zählt, ist deshalb einstellbar, im öffentlichen Code wie auf dieser Seite. Der Schutz ist nur so stark, wie dieses Gewicht und die Schwelle ihn machen. Und wie viel zu gewinnen ist, hängt davon ab, wie weit die Schlüssel der Sprachen auseinanderliegen. Das erste Experiment macht es so schwer wie möglich: dieselben vier Städte in jeder Sprache, jedes Mal in einem anderen Land. Das zweite ist der freundliche Fall: überall dieselbe neue Antwort.',
          ],
          formula:
            'Die Kovarianz C ist das laufende Mittel über alles bisher Gesehene. Die Änderung ist die Lösung der kleinsten Quadrate in dem Nullraum, den die Kovarianz vor dem Schritt frei lässt.',
          look: 'Zwei Methoden, dieselben Fakten. Achte im aufgezeichneten Lauf mit widersprüchlichen Antworten auf Deutsch: AlphaEdit verliert davon mehr als ein Drittel, während die nächsten Sprachen geschrieben werden; LangEdit behält das meiste. Umsonst ist beides nicht. Bei LangEdit fällt Englisch um ein Drittel, sobald Deutsch geschrieben wird, und bleibt dann stehen; bei AlphaEdit fällt es später und etwas tiefer. Und Französisch, das als letztes kommt, wird mit LangEdit kaum noch geschrieben: Seine Schlüssel zeigen dorthin, wo sich wenig ändern darf. Stimmen die Antworten überein, gibt es bei so wenigen Fakten nichts zu streiten: Beide enden gleich.',
          question: {
            text: 'Worin unterscheiden sich die Nullräume der beiden Methoden im allerersten Schritt?',
            options: [
              {
                text: 'Der von LangEdit ist größer',
                why: 'Noch ist nichts geändert: Beide sehen dieselben Schlüssel des Alltagstexts.',
              },
              {
                text: 'In nichts',
                why: 'Richtig. Sie trennen sich ab dem zweiten Schritt, wenn LangEdit vom ersten weiß.',
              },
              {
                text: 'AlphaEdit hat keinen',
                why: 'Doch, den Nullraum der Schlüssel des Alltagstexts. Er ändert sich nur nie.',
              },
            ],
          },
        },
      ],
    },
    {
      title: 'Wenn der Nullraum aufgebraucht ist',
      parts: [
        {
          prose: [
            'Platz ist endlich. Jeder Schlüssel, der erhalten bleiben soll, nimmt allen späteren Änderungen eine Richtung weg: eine Dimension je Fakt und Schicht, sofern er nicht schon im Geschützten liegt. Die geänderten Matrizen im Modell der Seite haben 768 Eingänge, die eines Modells mit acht Milliarden Parametern 14 336. Bis die letzte Dimension vergeben wäre, brauchte es hier Hunderte von Fakten. Darum fängt das Experiment mit weniger an: Die Schwelle überlässt den Änderungen 30 %, 3 % oder 0,3 % der Energie der Alltagsschlüssel.',
            'Wird der Platz knapp, bricht nichts zusammen. P k, der Teil eines neuen Schlüssels im Nullraum, wird kurz. Die Regularisierung überwiegt, und die neue Antwort wird nur zum Teil geschrieben oder gar nicht. Alles Alte bleibt so sicher wie zuvor. Was hilft? Eine höhere Schwelle, die dann leckt; breitere oder mehr Schichten; nicht mehr schützen, worauf es nicht mehr ankommt. Oder ein ganz anderer Plan: die nächste Lektion.',
          ],
          formula:
            'Der Nullraum hat die Dimensionen, die der Rang von C übrig lässt. Welcher Anteil des Fehlenden r geschrieben wird, hängt davon ab, wie viel des Schlüssels im Nullraum liegt.',
          look: 'Oben: die Nulldimensionen, die jeder Schritt in seiner engsten Schicht vorfindet. Unten: welchen Anteil seiner eigenen neuen Antworten das Modell gleich danach gibt. Der Strich ist das unbearbeitete Modell. Das Ändern misslingt, lange bevor die letzte Dimension vergeben ist.',
          question: {
            text: 'Der Teil eines Schlüssels im Nullraum hat das Längenquadrat kᵀPk = 0,25. Wie viel der neuen Antwort schreibt die Änderung?',
            options: [
              {
                text: 'Alles, um den Preis einer großen Änderung',
                why: 'So wäre es ohne Regularisierung. Mit ihr sind große Änderungen zu teuer.',
              },
              { text: 'Ein Fünftel: 0,25 / 1,25', why: 'Richtig. Je kürzer P k, desto mehr bleibt ungeschrieben.' },
              { text: 'Nichts', why: 'Das gilt nur für P k = 0, wenn der Schlüssel ganz im Geschützten liegt.' },
            ],
          },
        },
      ],
    },
    {
      title: 'Änderungen vieler Sprachen zusammenführen',
      parts: [
        {
          prose: [
            'Ein Strom hat eine Reihenfolge, und wer spät kommt, findet wenig Platz. *Zusammenführen* braucht keine: Jede Sprache wird für sich geändert, vom unbearbeiteten Modell aus, vielleicht von Leuten, die einander nie begegnen. Am Ende wird aus allen Änderungen eine einzige. Niemand muss warten, aber es wusste auch niemand von den anderen.',
            'Die einfache *Summe* schießt übers Ziel hinaus: Teilen sich sechs Sprachen einen Schlüssel, so verschiebt schon jede Änderung für sich die Antwort um den ganzen Weg, die Summe also bis zu sechsmal so weit. Das *Mittel* kommt nicht weit genug: Was nur das Chinesische braucht, wird durch sechs geteilt. *TSVM* dreht die Singulärvektoren der Änderungen, bis keine zwei Sprachen sich eine Richtung teilen, und addiert erst dann. Bei *gemeinsamer Kovarianz* stehen in der Inversen jeder Sprache die Schlüssel aller Sprachen, und jede lässt den anderen ihren Anteil. Innerhalb einer Schicht ist die Summe dann genau die Änderung aller Fakten auf einmal.',
          ],
          formula:
            'Beim Zusammenführen kommen die Änderungen aller Sprachen ℓ zu den unbearbeiteten Gewichten hinzu. Bei gemeinsamer Kovarianz enthält jede Inverse die Schlüssel aller Sprachen j, ohne sie nur die eigenen.',
          look: 'Hohl: was die Änderung einer Sprache für sich allein erreicht. Gefüllt: was davon im zusammengeführten Modell bleibt. Mit gemeinsamer Kovarianz bleibt eine Änderung allein absichtlich unvollständig: Sie rechnet mit den anderen. Wähle dann die Spezifität: Dort zahlt die einfache Summe, mit Fakten, um die es gar nicht ging.',
          question: {
            text: 'Drei Sprachen teilen sich einen Schlüssel k, und die Änderung jeder einzelnen verschiebt seine Antwort um r. Was macht die Summe der drei?',
            options: [
              {
                text: 'Sie verschiebt sie um r',
                why: 'Das tut das Mittel. In der Summe steuert jede Änderung ihr eigenes r bei.',
              },
              {
                text: 'Sie verschiebt sie nicht',
                why: 'Änderungen heben sich nur auf, wenn sie in entgegengesetzte Richtungen zeigen. Diese sind sich einig.',
              },
              {
                text: 'Sie verschiebt sie um 3 r',
                why: 'Richtig, sie schießt übers Ziel hinaus. Gemeinsame Kovarianz verhindert es: Dann rechnet jede mit den beiden anderen.',
              },
            ],
          },
        },
      ],
    },
  ],
  plane: {
    title: 'Der Nullraum in zwei Dimensionen',
    about:
      'Ein Modell mit zwei Eingängen und zwei Ausgängen und die geschlossene Form des Papers mit Regularisierung 1. Schlüssel: Von Linie zu Linie wächst die Verschiebung um 0,75 Einheiten. Antworten: was die Matrix aus den Schlüsseln macht, vor der Änderung (gestrichelt) und danach (durchgezogen); der Ring ist die gewünschte Antwort. Was ein Quadrat oder einen Ring hat, lässt sich ziehen oder mit den Pfeiltasten bewegen, mit der Umschalttaste in größeren Schritten.',
    projector: 'Projektor P',
    off: 'aus',
    on: 'ein',
    angles: 'Neuen Schlüssel drehen',
    right: 'im rechten Winkel',
    near: '20° daneben',
    parallel: 'parallel',
    keys: 'Was hineingeht: Schlüssel',
    values: 'Was herauskommt: Antworten',
    old: 'alter Schlüssel',
    fresh: 'neuer Schlüssel',
    part: 'P k',
    span: 'Gerade des alten Schlüssels',
    nullspace: 'Nullraum',
    oldAnswer: 'alte Antwort',
    newAnswer: 'neue Antwort',
    target: 'gewünscht',
    nothing: 'P k = 0: nichts übrig zum Ändern',
    place: (name, x, y) => `${name}: ${x}; ${y}`,
    quantity: 'Größe',
    without: 'P aus',
    with: 'P ein',
    moves: 'Die alte Antwort rückt um ‖Δ k_alt‖',
    lacks: 'Der neuen Antwort fehlt noch ‖Δ k_neu − r‖',
    room: 'Genutzte Länge des neuen Schlüssels, ‖P k‖ / ‖k‖',
    freely: (moved, written) =>
      `Die alte Antwort rückt um ${moved}, und ${written} der neuen Antwort sind geschrieben.`,
    harmless: (written) =>
      `Die alte Antwort bleibt, aus purem Glück: Die Schlüssel stehen im rechten Winkel. ${written} der neuen Antwort sind geschrieben.`,
    safely: (room, written) =>
      `Die alte Antwort bleibt exakt, wo sie ist. Von der Länge des neuen Schlüssels bleiben ${room} zum Schreiben, und ${written} der neuen Antwort sind geschrieben.`,
    stuck:
      'Der neue Schlüssel liegt auf der Geraden des alten. Die alte Antwort bleibt exakt, wo sie ist, und geschrieben wird gar nichts: Es ist nichts übrig, womit man ändern könnte.',
  },
  merging: {
    title: 'Allein und zusammengeführt',
    about:
      'Jede Sprache wurde für sich geändert, vom unbearbeiteten Modell aus; dann wurden die Änderungen auf vier Arten zusammengeführt. Strich: das unbearbeitete Modell. Hohl: die Änderung der Sprache allein. Gefüllt: das zusammengeführte Modell.',
    before: 'unbearbeitet',
    alone: 'eigene Änderung allein',
    merged: 'zusammengeführt',
    way: 'Art der Zusammenführung',
    spot: (way, language, alone, merged) =>
      `${way}, ${language}: allein ${alone}\u00a0%, zusammengeführt ${merged}\u00a0%`,
    finding: (best, bestAfter, bestAlone, worst, worstAfter, worstAlone, language, languageAfter) =>
      `Am meisten bleibt mit „${best}“: im Mittel ${bestAfter}\u00a0%, wo die Änderungen allein ${bestAlone}\u00a0% erreichen. Am wenigsten bleibt mit „${worst}“: ${worstAfter}\u00a0%, wo sie allein ${worstAlone}\u00a0% erreichen; am schlechtesten fährt ${language} (${languageAfter}\u00a0%).`,
    findingOne: (alone, way, after, language, languageAfter) =>
      `Allein erreichen die Änderungen im Mittel ${alone}\u00a0%; mit „${way}“ bleiben ${after}\u00a0%, am wenigsten für ${language} (${languageAfter}\u00a0%).`,
  },
  room: {
    title: 'Platz, und was hineingeschrieben wird',
    about:
      'LangEdit, das geänderte Richtungen aus dem Nullraum nimmt („tracked“), sechs Fakten in jeder von vier Sprachen, bei drei Schwellen. Oben: Nulldimensionen vor jedem Schritt, in der Schicht mit den wenigsten. Unten: Wirksamkeit der eigenen Fakten des Schritts gleich danach. Der Strich ist das unbearbeitete Modell, das einige Tokens schon richtig hat.',
    dimensions: 'Nulldimensionen',
    written: 'eigene neue Antworten',
    before: 'unbearbeitet',
    threshold: 'Schwelle',
    spot: (threshold, step, dimensions, written) =>
      `${threshold}, ${step}: ${dimensions} Nulldimensionen, ${written}\u00a0% der neuen Antworten`,
    finding: (most, wide, wideWritten, narrow, narrowDimensions, narrowWritten, before) =>
      `Mit ${most} Nulldimensionen (Schwelle ${wide}) gelingen einem Schritt ${wideWritten}\u00a0% seiner neuen Antworten; mit ${narrowDimensions} (Schwelle ${narrow}) sind es ${narrowWritten}\u00a0%. Das unbearbeitete Modell hat ${before}\u00a0%.`,
    left: (threshold, taken, steps) =>
      `Bei ${threshold} nimmt ein Schritt ${taken} Dimensionen; nach etwa ${steps} weiteren Schritten bliebe keine.`,
  },
};
