import type { Same } from "../same";
import type zh from "../zh-CN/fairness";

const texts: Same<typeof zh> = {
  fairness: {
    title: "Were groups treated alike in placement decisions?",
    about: "Compares how often candidates of each group were selected, to see whether one of them fared clearly worse.",
    by: { tenure: "By tenure", unit: "By unit", shift: "By shift" },
    byTitle: "Grouped by",
    from: "From",
    until: "Until",
    backwards: "The first day lies after the last",
    backwardsHelp: "Nothing can have been decided in such a time. Change one of the two days.",
    lastYear: "See the last year",
    says: "What the figures come to",
    none: "No decisions to compare yet",
    toCases: "See the placement cases",
    decided_one: "{{count}} candidate decided on.",
    decided_other: "{{count}} candidates decided on.",
    refused_one:
      "{{count}} person refuses automatic ranking at present: they are not ranked, and judged by people alone.",
    refused_other:
      "{{count}} people refuse automatic ranking at present: they are not ranked, and judged by people alone.",
    refusedNone: "Nobody refuses automatic ranking at present.",
    table: "How each group fared",
    group: "Group",
    candidates: "Candidates",
    selected: "Selected",
    people_one: "{{count}}",
    people_other: "{{count}}",
    rate: "Rate",
    score: "Mean score",
    noScore: "No score",
    ratio: "Ratio to the best group",
    ratioHelp: "95 % interval; the line is at 80 %",
    interval: "{{low}} to {{high}}",
    best: "Best of the groups large enough, the one compared with",
    small: "Too few people to conclude anything",
    clear: "Below four fifths, with the whole interval below 80 %",
    unsure: "Below four fifths, but the interval reaches 80 %: may be chance",
    alone: "There is only one group, and nothing to compare it with.",
    smallBest:
      "Every group has too few people, also the best one ({{name}}), which the others are compared with: read the ratios with care.",
    nobody: "Nobody was selected at all: the rates are the same.",
    how: "How this is reckoned",
    rules: {
      selected: "Placed on probation or in another post counts as selected; rate = selected ÷ candidates.",
      day: "A candidate belongs to the group of their tenure, unit or shift on the day of the decision; later changes do not count.",
      ratio:
        "Ratio = rate of the group ÷ rate of the best group of at least 5 people. A smaller group is never the one compared with, so its own ratio may exceed 100 %. Below four fifths (80 %) is a concern by the Uniform Guidelines on Employee Selection Procedures of the United States (29 CFR 1607.4 D).",
      interval:
        "95 % interval by the log method of Katz, Baptista, Azen and Pike (Biometrics 34, 1978): ln R ± 1.96 × √(1/a − 1/n + 1/b − 1/m), for a of n selected in the group and b of m in the best one. Where nobody of one of the two was selected, or everybody of both, half a selected and half a rejected candidate are added to each first.",
      small: "Groups of fewer than 5 people are listed, and nothing can be concluded from them.",
      meaning:
        "A low ratio asks for the reasons and proves no discrimination by itself; a high one does not rule it out.",
    },
  },
};

export default texts;
