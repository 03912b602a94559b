import type { Same } from "../same";
import type zh from "../zh-CN/home";

const texts: Same<typeof zh> = {
  home: {
    title: "What needs me today",
    hello: "Hello, {{name}}",
    nothing: "Nothing needs you today",
    nothingHelp:
      "Requests to decide, objections to answer, grants that run out and people who join or leave soon appear here.",
    partly: "Some of it could not be read; this may not be all",
    section: {
      placements: "Placement cases",
      contests: "Contested entries to answer",
      decide: "Access requests to decide",
      imports: "Imports not finished",
      first: "First days soon",
      last: "Last days soon",
      probation: "On probation",
      grants: "Grants that run out soon",
      own: "My requests",
    },
    task: {
      match: "Make the match report",
      ask_for_opinions: "Ask for opinions",
      opinion: "Give your opinion",
      decision: "Decide",
      explanation: "The candidate asks for an explanation",
    },
    seeAll: "See all",
    contests: "Contests “{{what}}”: {{why}}",
    contestsRating: "Contests a rating of potential: {{why}}",
    asksFor: "Asks for “{{role}}”: {{reason}}",
    yourTurn: "your turn",
    onProbationFor_one: "On probation for {{count}} day",
    onProbationFor_other: "On probation for {{count}} days",
    waitsForDecision: "Waits for a decision",
    waitingForYou_one: "{{count}} request waits for you",
    waitingForYou_other: "{{count}} requests wait for you",
    numbers: "Numbers to watch",
    figure: {
      here: "People here",
      reports: "My direct reports",
      probation: "On probation",
      joining: "Joining",
      leaving: "Leaving",
      units: "Units",
    },
  },
};

export default texts;
