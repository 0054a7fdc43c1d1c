/** Les leçons en français. */

import type { LessonTexts } from './lesson';

export const fr: LessonTexts = {
  symbols: { old: 'anc', new: 'nouv', disturbance: 'perturbation', null: 'noyau', rank: 'rang' },
  experiment: 'Expérience',
  variants: {
    contradicting: 'une autre réponse dans chaque langue',
    agreeing: 'la même réponse dans toutes les langues',
  },
  ways: {
    sum: 'Somme',
    mean: 'Moyenne',
    tsvm: 'TSVM',
    shared: 'Somme, covariance partagée',
    '30%': '30 %',
    '3%': '3 %',
    '0.3%': '0,3 %',
  },
  recorded:
    'Ces résultats ont été enregistrés avec le modèle de la page. Exécutez l’expérience sur le modèle ouvert pour la voir se dérouler.',
  own: (model) => `Ce sont vos propres résultats, calculés à l’instant avec ${model}.`,
  empty: 'Exécutez l’expérience et sa figure apparaîtra ici.',
  runAt: (run, index, of) => `${run}, ${index} sur ${of}`,
  lessons: [
    {
      title: 'Les faits comme mémoire, et pourquoi les modifications se gênent',
      parts: [
        {
          heading: 'Une couche est une mémoire',
          prose: [
            'Où un modèle de langue garde-t-il que Paris est la capitale de la France ? Pour une bonne part, dans la seconde matrice de ses couches MLP. Une telle matrice se lit comme une *mémoire*. Ce qui y entre, au dernier token du sujet, est une *clé* k : un vecteur qui dit de qui ou de quoi l’on parle. Ce qui en sort est une *valeur* v, qui pousse les mots suivants vers la réponse.',
            'Modifier un fait devient alors une affaire d’algèbre linéaire. On cherche d’abord une valeur qui fasse dire au modèle la nouvelle réponse : une descente de gradient s’en charge, le modèle restant immobile. Puis on change la matrice juste assez pour que la clé du sujet mène à cette valeur. L’expérience installe la capitale de la France à Tokyo et donne la roupie au Brésil.',
          ],
          formula:
            'La matrice W mène la clé k à la valeur v. La matrice modifiée W + Δ mène la même clé à la nouvelle valeur v*.',
          look: 'Signes creux : avant la modification. Signes pleins : après. L’efficacité interroge la phrase modifiée elle-même, la généralité demande la même chose en d’autres mots ; toutes deux doivent monter. La spécificité porte sur autre chose et ne doit pas bouger. Les réponses entières partent de zéro. Comptée token par token, comme dans les publications, l’efficacité part de plus haut : chaque token est jugé après les bons qui le précèdent, si bien que la fin d’un nom peut être juste alors que son début est faux.',
          question: {
            text: 'Une seule phrase par fait a été modifiée. Pourquoi les autres formulations reçoivent-elles aussi la nouvelle réponse ?',
            options: [
              {
                text: 'Parce que chaque formulation a été modifiée',
                why: 'Les autres formulations ont été tenues à l’écart exprès, pour pouvoir le vérifier.',
              },
              {
                text: 'Parce qu’elles mènent presque à la même clé',
                why: 'C’est cela. La clé se lit là où finit le sujet ; elle dit surtout de qui il s’agit, à peine ce qu’on demande.',
              },
              {
                text: 'Parce que le modèle a été réentraîné',
                why: 'Rien n’a été entraîné. Dans quelques couches, une matrice a reçu un changement de faible rang.',
              },
            ],
          },
        },
        {
          heading: 'Pourquoi les modifications se gênent',
          prose: [
            'Une même matrice porte beaucoup de souvenirs superposés. Un changement Δ fait pour une clé agit sur *toute* clé qui ne lui est pas perpendiculaire : la réponse à une ancienne clé se déplace de Δ fois cette clé. Les clés de faits différents ne sont jamais tout à fait perpendiculaires. Les plus mal loties sont celles d’un même sujet dans deux langues.',
            'Prenez Boston. Le nom s’écrit de la même façon en anglais, en allemand, en néerlandais et en français ; sa clé est donc presque le même vecteur dans les quatre. L’expérience déplace quatre villes dans un autre pays, et dans un pays différent pour chaque langue. La méthode employée ici, MEMIT, tient compte des clés du texte courant mais ignore les modifications faites l’instant d’avant.',
          ],
          formula:
            'Après le changement, l’ancienne clé ne donne plus seulement son ancienne valeur : Δ fois l’ancienne clé s’y ajoute. C’est la perturbation.',
          look: 'Chaque ligne est une étape, chaque colonne la langue interrogée ; un cadre marque la langue qui vient d’être modifiée. Descendez la première colonne à partir de son cadre. Que reste-t-il des réponses en anglais une fois l’allemand modifié ?',
          question: {
            text: 'Soit un changement de rang un, Δ = r kᵀ, fait pour une clé k de longueur 1. De combien déplace-t-il la réponse à une ancienne clé perpendiculaire à k ?',
            options: [
              {
                text: 'D’autant que la nouvelle',
                why: 'Δ fois l’ancienne clé vaut r fois kᵀk_anc, et ce produit est nul à angle droit.',
              },
              {
                text: 'Pas du tout',
                why: 'C’est cela : Δ k_anc = r (kᵀ k_anc) = 0. L’interférence est un recouvrement de clés, rien d’autre.',
              },
              {
                text: 'Cela dépend de la taille du modèle',
                why: 'Un grand modèle a plus de place et ses clés se recouvrent moins. Mais c’est l’angle qui décide.',
              },
            ],
          },
        },
      ],
    },
    {
      title: 'Ce qu’est un noyau',
      parts: [
        {
          heading: 'Dans le plan, à la main',
          prose: [
            'Imaginez une mémoire à deux entrées : les clés sont alors des flèches dans un plan. Un fait s’y trouve déjà : l’ancienne clé. Un autre doit y être écrit : la nouvelle. La teinte montre ce que le changement ferait à n’importe quelle clé du plan : plus elle est forte, plus la réponse se déplace.',
            'Sans projecteur, le changement lit le long de la nouvelle clé, et l’ancienne finit quelque part dans la teinte. Activez maintenant le projecteur. De la nouvelle clé, il ne garde que la part perpendiculaire à l’ancienne ; cette direction est le *noyau* de l’ancienne clé. La teinte tourne jusqu’à ce que l’ancienne clé repose exactement sur la ligne sans teinte. Elle y reste, où que vous tiriez les flèches.',
            'Cette sécurité a un prix. Plus les deux clés se ressemblent, comme celles d’un même nom dans deux langues, moins il reste de quoi écrire.',
          ],
          formula:
            'r est ce qui manque à la nouvelle réponse. Le changement lit les clés à travers P, qui annule l’ancienne clé : il l’annule donc aussi.',
          look: 'Tirez les pointes des flèches et l’anneau, ou déplacez-les avec les touches fléchées. Puis, projecteur activé, rendez les clés parallèles : l’ancienne réponse est en parfaite sécurité, puisqu’on ne peut plus rien écrire.',
          question: {
            text: 'La nouvelle clé est exactement sur la droite de l’ancienne. Que peut pour elle un changement projeté ?',
            options: [
              { text: 'Rien, car P k est nul', why: 'C’est cela. Pour écrire ce fait, l’ancien doit céder.' },
              { text: 'La moitié de la modification', why: 'P k est alors nul, et la moitié de zéro est zéro.' },
              {
                text: 'Tout, puisque l’ancienne clé est protégée',
                why: 'Elle l’est justement parce que rien ne se passe sur sa droite. Or c’est là qu’est la nouvelle.',
              },
            ],
          },
        },
        {
          heading: 'Plus de clés, plus de dimensions',
          prose: [
            'Deux anciennes clés engendrent un plan, et seule la droite perpendiculaire est libre. Dans un modèle à 768 entrées, les clés du texte courant engendrent à peu près tout. On trace donc une limite, le *seuil* : les directions où les anciennes clés ont peu d’énergie comptent comme noyau, sans être tout à fait vides. Cela fait de la place, et laisse passer une petite fuite.',
          ],
          formula:
            'Les colonnes de U forment une base orthonormée de ce qu’engendrent les anciennes clés. Projeter deux fois ne change plus rien, et P est symétrique : c’est la marque d’une projection orthogonale.',
          look: 'Tournez la vue et tirez les clés. Avec trois anciennes clés, rien n’est libre. Relevez ensuite le seuil et suivez les deux nombres : la part utilisable de la nouvelle clé, et de combien les réponses aux anciennes se déplacent.',
          question: {
            text: 'Que fait un seuil plus élevé ?',
            options: [
              {
                text: 'Il protège plus de directions',
                why: 'Au contraire : plus de directions passent pour inutilisées et s’ouvrent aux modifications.',
              },
              {
                text: 'Il rend la projection exacte',
                why: 'La projection est exacte à tout seuil. Ce qui change, c’est l’espace sur lequel on projette.',
              },
              {
                text: 'Il donne plus de place aux modifications et laisse plus de fuites',
                why: 'C’est cela. Des directions que les anciennes clés utilisent un peu sont cédées au changement.',
              },
            ],
          },
        },
      ],
    },
    {
      title: 'Un flot de langues',
      parts: [
        {
          prose: [
            'Dans l’article dont part cette page, les faits arrivent langue après langue : aujourd’hui l’anglais, demain l’allemand. *AlphaEdit* calcule son noyau une seule fois, à partir des clés du texte courant. Ce que le modèle savait est protégé ; ce qui a été modifié hier ne compte que comme un terme des moindres carrés. *LangEdit* fait entrer les clés de chaque langue modifiée dans la covariance et recalcule le noyau avant l’étape suivante. L’allemand n’est alors écrit que dans des directions que le texte courant et les modifications en anglais, ensemble, n’utilisent guère.',
            'Parmi quelque 300 000 tokens de texte courant, une seule clé modifiée se perdrait. Son poids est donc un réglage, dans le code public comme sur cette page. La protection n’est que ce que ce poids et le seuil en font. Et ce qu’il y a à gagner dépend de l’écart entre les clés des langues. La première expérience rend la tâche aussi dure que possible : les quatre mêmes villes dans chaque langue, chaque fois dans un autre pays. La seconde est le cas favorable : partout la même nouvelle réponse.',
          ],
          formula:
            'La covariance C est la moyenne courante de tout ce qui a été vu. Le changement est la solution des moindres carrés dans le noyau que la covariance d’avant l’étape laisse libre.',
          look: 'Deux méthodes, les mêmes faits. Dans l’expérience enregistrée aux réponses contradictoires, regardez l’allemand : AlphaEdit en perd plus d’un tiers pendant que les langues suivantes s’écrivent ; LangEdit en garde l’essentiel. Aucune n’est gratuite. Avec LangEdit, l’anglais perd un tiers dès que l’allemand s’écrit, puis se maintient ; avec AlphaEdit, il baisse plus tard et un peu plus bas. Et le français, qui vient en dernier, n’est presque plus écrit avec LangEdit : ses clés pointent là où peu de chose peut encore changer. Avec des réponses concordantes, si peu de faits ne laissent aux deux méthodes rien à se disputer : elles finissent à égalité.',
          question: {
            text: 'En quoi les noyaux des deux méthodes diffèrent-ils à la toute première étape ?',
            options: [
              {
                text: 'Celui de LangEdit est plus grand',
                why: 'Rien n’a encore été modifié : toutes deux voient les mêmes clés du texte courant.',
              },
              {
                text: 'En rien',
                why: 'C’est cela. Elles se séparent à la deuxième étape, quand LangEdit connaît la première.',
              },
              {
                text: 'AlphaEdit n’en a pas',
                why: 'Si, le noyau des clés du texte courant. Seulement, il ne change jamais.',
              },
            ],
          },
        },
      ],
    },
    {
      title: 'Quand le noyau est épuisé',
      parts: [
        {
          prose: [
            'La place est comptée. Chaque clé à conserver retire une direction à toutes les modifications suivantes : une dimension par fait et par couche, sauf si elle se trouve déjà dans ce qui est protégé. Les matrices modifiées du modèle de cette page ont 768 entrées, celles d’un modèle de huit milliards de paramètres 14 336. Attendre que disparaisse la dernière dimension demanderait ici des centaines de faits ; l’expérience commence donc avec moins : le seuil laisse aux modifications 30 %, 3 % ou 0,3 % de l’énergie des clés courantes.',
            'Quand la place manque, rien ne casse. P k, la part d’une nouvelle clé dans le noyau, devient courte. La régularisation l’emporte, et la nouvelle réponse n’est écrite qu’en partie, ou pas du tout. Tout ce qui est ancien reste aussi sûr qu’avant. Que faire ? Relever le seuil, au prix d’une fuite ; prendre des couches plus larges ou plus nombreuses ; renoncer à protéger ce qui ne compte plus. Ou changer de plan : c’est la leçon suivante.',
          ],
          formula:
            'Le noyau a les dimensions que laisse le rang de C. La part de ce qui manque, r, qui sera écrite dépend de ce que la clé a dans le noyau.',
          look: 'En haut : les dimensions du noyau que chaque étape trouve dans sa couche la plus étroite. En bas : la part de ses propres nouvelles réponses que le modèle donne juste après. Le trait est le modèle d’origine. La modification échoue bien avant que la dernière dimension ait disparu.',
          question: {
            text: 'La part d’une clé située dans le noyau a pour carré de longueur kᵀPk = 0,25. Quelle part de la nouvelle réponse est écrite ?',
            options: [
              {
                text: 'Toute, au prix d’un grand changement',
                why: 'Ce serait vrai sans régularisation. Avec elle, les grands changements coûtent trop cher.',
              },
              { text: 'Un cinquième : 0,25 / 1,25', why: 'C’est cela. Plus P k est court, plus il reste à écrire.' },
              { text: 'Rien', why: 'Seulement si P k = 0, quand la clé est entièrement dans ce qui est protégé.' },
            ],
          },
        },
      ],
    },
    {
      title: 'Fusionner les modifications de plusieurs langues',
      parts: [
        {
          prose: [
            'Un flot a un ordre, et qui vient tard trouve peu de place. La *fusion* s’en passe : chaque langue est modifiée à part, à partir du modèle d’origine, peut-être par des gens qui ne se rencontreront jamais. Ensuite, de tous les changements on en fait un seul. Personne n’attend, mais personne non plus ne savait rien des autres.',
            'La simple *somme* va trop loin : si six langues partagent une clé, chaque changement déplace à lui seul la réponse de tout le chemin, et la somme jusqu’à six fois plus. La *moyenne* ne va pas assez loin : ce dont seul le chinois a besoin est divisé par six. *TSVM* tourne les vecteurs singuliers des changements jusqu’à ce que deux langues ne partagent plus de direction, et additionne ensuite. Avec la *covariance partagée*, l’inverse de chaque langue contient les clés de toutes, et chacune laisse aux autres leur part. Dans une couche donnée, la somme est alors exactement la modification de tous les faits à la fois.',
          ],
          formula:
            'La fusion ajoute aux poids d’origine les changements de toutes les langues ℓ. Avec la covariance partagée, les clés de chaque langue j figurent dans chaque inverse ; sans elle, seulement les siennes.',
          look: 'Creux : ce que la modification d’une langue obtient à elle seule. Plein : ce qu’il en reste dans le modèle fusionné. Avec la covariance partagée, une modification seule reste exprès incomplète : elle compte sur les autres. Choisissez ensuite la spécificité : c’est là que la simple somme paie, sur des faits dont il n’était pas question.',
          question: {
            text: 'Trois langues partagent une clé k, et le changement de chacune déplace sa réponse de r. Que fait la somme des trois ?',
            options: [
              {
                text: 'Elle la déplace de r',
                why: 'C’est ce que fait la moyenne. Dans la somme, chacun apporte son r.',
              },
              {
                text: 'Elle ne la déplace pas',
                why: 'Les changements ne s’annulent que s’ils sont opposés. Ceux-ci sont d’accord.',
              },
              {
                text: 'Elle la déplace de 3 r',
                why: 'C’est cela, elle va trop loin. La covariance partagée l’évite : chaque solution compte alors sur les deux autres.',
              },
            ],
          },
        },
      ],
    },
  ],
  plane: {
    title: 'Le noyau en deux dimensions',
    about:
      'Un modèle à deux entrées et deux sorties, et la forme close de l’article avec sa régularisation de 1. Clés : d’une ligne à l’autre, le déplacement croît de 0,75 unité. Réponses : ce que la matrice fait des clés, avant la modification (pointillé) et après (trait plein) ; l’anneau est la réponse voulue. Tirez ce qui porte un carré ou un anneau, ou déplacez-le avec les touches fléchées, avec Maj pour de plus grands pas.',
    projector: 'Projecteur P',
    off: 'inactif',
    on: 'actif',
    angles: 'Tourner la nouvelle clé',
    right: 'à angle droit',
    near: 'à 20°',
    parallel: 'parallèle',
    keys: 'Ce qui entre : les clés',
    values: 'Ce qui sort : les réponses',
    old: 'ancienne clé',
    fresh: 'nouvelle clé',
    part: 'P k',
    span: 'droite de l’ancienne clé',
    nullspace: 'noyau',
    oldAnswer: 'ancienne réponse',
    newAnswer: 'nouvelle réponse',
    target: 'voulue',
    nothing: 'P k = 0 : plus rien pour modifier',
    place: (name, x, y) => `${name} : ${x} ; ${y}`,
    quantity: 'Grandeur',
    without: 'sans P',
    with: 'avec P',
    moves: 'L’ancienne réponse se déplace de ‖Δ k_anc‖',
    lacks: 'Il manque à la nouvelle réponse ‖Δ k_nouv − r‖',
    room: 'Longueur utilisée de la nouvelle clé, ‖P k‖ / ‖k‖',
    freely: (moved, written) =>
      `L’ancienne réponse se déplace de ${moved}, et ${written} de la nouvelle réponse sont écrits.`,
    harmless: (written) =>
      `L’ancienne réponse ne bouge pas, par chance : les clés sont à angle droit. ${written} de la nouvelle réponse sont écrits.`,
    safely: (room, written) =>
      `L’ancienne réponse reste exactement en place. Il reste ${room} de la longueur de la nouvelle clé pour écrire, et ${written} de la nouvelle réponse sont écrits.`,
    stuck:
      'La nouvelle clé est sur la droite de l’ancienne. L’ancienne réponse reste exactement en place, et rien n’est écrit : il ne reste plus rien pour modifier.',
  },
  merging: {
    title: 'Seules et fusionnées',
    about:
      'Chaque langue a été modifiée à part, à partir du modèle d’origine ; puis les modifications ont été fusionnées de quatre façons. Trait : le modèle d’origine. Creux : la modification de la langue seule. Plein : le modèle fusionné.',
    before: 'modèle d’origine',
    alone: 'sa modification seule',
    merged: 'fusionné',
    way: 'Façon de fusionner',
    spot: (way, language, alone, merged) => `${way}, ${language} : ${alone}\u00a0% seule, ${merged}\u00a0% fusionnée`,
    finding: (best, bestAfter, bestAlone, worst, worstAfter, worstAlone, language, languageAfter) =>
      `C’est « ${best} » qui garde le plus : ${bestAfter}\u00a0% en moyenne, quand les modifications seules atteignent ${bestAlone}\u00a0%. « ${worst} » garde le moins : ${worstAfter}\u00a0%, quand elles atteignent seules ${worstAlone}\u00a0% ; la langue la plus mal lotie (${language}) tombe à ${languageAfter}\u00a0%.`,
    findingOne: (alone, way, after, language, languageAfter) =>
      `Seules, les modifications atteignent ${alone}\u00a0% en moyenne ; avec « ${way} », il en reste ${after}\u00a0%, et ${languageAfter}\u00a0% pour la langue la plus mal lotie (${language}).`,
  },
  room: {
    title: 'La place, et ce qu’on y écrit',
    about:
      'LangEdit qui retire du noyau les directions modifiées (« tracked »), six faits dans chacune de quatre langues, à trois seuils. En haut : dimensions du noyau avant chaque étape, dans la couche qui en a le moins. En bas : efficacité des faits de l’étape juste après elle. Le trait est le modèle d’origine, qui a déjà quelques tokens justes.',
    dimensions: 'dimensions du noyau',
    written: 'ses nouvelles réponses',
    before: 'modèle d’origine',
    threshold: 'Seuil',
    spot: (threshold, step, dimensions, written) =>
      `${threshold}, ${step} : ${dimensions} dimensions, ${written}\u00a0% de ses nouvelles réponses`,
    finding: (most, wide, wideWritten, narrow, narrowDimensions, narrowWritten, before) =>
      `Avec ${most} dimensions (seuil ${wide}), une étape réussit ${wideWritten}\u00a0% de ses nouvelles réponses ; avec ${narrowDimensions} (seuil ${narrow}), ${narrowWritten}\u00a0%. Le modèle d’origine a ${before}\u00a0%.`,
    left: (threshold, taken, steps) =>
      `À ${threshold}, une étape prend ${taken} dimensions ; après environ ${steps} étapes de plus il n’en resterait aucune.`,
  },
};
