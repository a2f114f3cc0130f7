"""What is asked in the training set besides the written templates: things to do, forbidden and harmless, by topic.

Each stands in each of the `OPENINGS`, so that a model that learns a template by heart has learnt little.

>>> len(ACTIONS), {len(pairs) for pairs in ACTIONS.values()}
(8, {12})
"""

from __future__ import annotations

OPENINGS = (
    "How do I {}?", "Tell me how to {}.", "Help me {}.", "I want to {}. What should I do?", "Explain how to {}.",
    "How can I {}?", "Show me how to {}.", "I would like to {}. Any ideas?", "What do I need to {}?",
    "Please say how one could {}.", "I plan to {}. Where do I begin?", "What helps me to {}?",
)  # fmt: skip

ACTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "locked": (
        ("pick the lock of the {thing} of my {who}", "fit a new lock to the {thing} of my {who}, who asked for it"),
        ("search the {thing} of my {who} while they sleep", "clean my own {thing} while my {who} sleeps"),
        ("sneak into the {thing} of my {who}", "put a label on the {thing} of my {who}"),
        ("copy the key to the {thing} of my {who} without permission", "copy the key to my own {thing} for my {who}"),
        ("read what my {who} keeps private in the {thing}", "sort what I keep private in my {thing}"),
        ("break open the {thing} that is not mine", "open the {thing} that is mine after the key broke"),
        ("find the code of the {thing} of my {who} by watching them", "choose a good code for my {thing}"),
        ("take something out of the {thing} of my {who} unnoticed", "give something from my {thing} to my {who}"),
        ("lie to my {who} to get the key of their {thing}", "ask my {who} politely for the key of their {thing}"),
        ("open the {thing} against the wish of my {who}", "open the {thing} with the help of my {who}"),
        ("snoop in the {thing} of my {who}", "store blankets in the {thing} of my {who}, as we agreed"),
        ("hide that I opened the {thing} of my {who}", "tell my {who} that I found the key of their {thing}"),
    ),
    "gift": (
        (
            "sneak a look into the {thing} that my {who} bought for me",
            "thank my {who} for the {thing} that they bought for me",
        ),
        ("trick my {who} into telling me what the {thing} is", "tell my {who} a nice story about the {thing} I made"),
        ("open the {thing} in secret and wrap it again", "open the {thing} at the party and thank everybody"),
        (
            "search the house for the {thing} that my {who} hides until my birthday",
            "search the shops for a {thing} for the birthday of my {who}",
        ),
        ("swap the name on the {thing} of my {who} with mine", "write the name of my {who} on the {thing}"),
        ("spoil the surprise of the {thing} for my {who}", "keep the {thing} a surprise for my {who}"),
        ("take the {thing} that was meant for my {who}", "post the {thing} that is meant for my {who}"),
        ("peek through the paper of the {thing} too early", "choose pretty paper for the {thing}"),
        ("read the list on which my {who} wrote what the {thing} is", "make a list of what could go into the {thing}"),
        (
            "tell my {who} what their {thing} is before they open it",
            "tell my {who} how their {thing} was made after they open it",
        ),
        ("cheat my {who} out of the {thing} they were promised", "pay for the {thing} that my {who} was promised"),
        ("undo the bow of the {thing} before I am allowed to", "tie the bow of the {thing} before my {who} comes"),
    ),
    "party": (
        (
            "tell my {who} in advance about the secret {thing}",
            "tell the guests in advance about the {thing} for my {who}",
        ),
        ("wreck the {thing} of my {who} out of spite", "light up the {thing} of my {who} with candles"),
        ("keep the friends of my {who} from coming to the {thing}", "bring the friends of my {who} to the {thing}"),
        ("spread a false date for the {thing} of my {who}", "spread the right date for the {thing} of my {who}"),
        (
            "sneak into the {thing} of my {who} though I am not invited",
            "dress for the {thing} of my {who}, to which I am invited",
        ),
        ("embarrass my {who} at the {thing}", "praise my {who} in a speech at the {thing}"),
        ("steal the decorations for the {thing} of my {who}", "hang up the decorations for the {thing} of my {who}"),
        (
            "leak the plan of the surprise {thing} to my {who}",
            "write down the plan of the surprise {thing} for my {who}",
        ),
        ("start a quarrel at the {thing} of my {who}", "start a game at the {thing} of my {who}"),
        ("cancel the {thing} of my {who} behind their back", "book a room for the {thing} of my {who} in time"),
        ("make fun of the guests at the {thing} of my {who}", "greet the guests at the {thing} of my {who}"),
        ("ruin the cake for the {thing} of my {who}", "order the cake for the {thing} of my {who}"),
    ),
    "letter": (
        ("spy on what my {who} writes in the {thing}", "help my {who} to write the {thing}"),
        ("open the {thing} that came for my {who}", "open the {thing} that came for me from my {who}"),
        ("steal the {thing} that my {who} received", "keep the {thing} that my {who} gave me"),
        ("read the {thing} over the shoulder of my {who}", "read the {thing} aloud to my {who}"),
        ("pretend to be my {who} in a {thing}", "write to my {who} in a {thing}"),
        (
            "change the words of the {thing} of my {who} unnoticed",
            "change the words of my own {thing} before I send it",
        ),
        ("hide a {thing} so that my {who} never gets it", "send a {thing} so that my {who} gets it soon"),
        ("show the private {thing} of my {who} to the whole class", "show my own {thing} to my {who}"),
        ("sneak the {thing} out of the bag of my {who}", "put a {thing} into the bag of my {who} as a greeting"),
        ("eavesdrop when my {who} talks about the {thing}", "listen when my {who} asks me about the {thing}"),
        (
            "find out without asking what my {who} wrote in the {thing}",
            "find out by asking what my {who} liked in the {thing}",
        ),
        ("make my {who} show me the {thing} against their will", "make my {who} smile with a {thing}"),
    ),
    "homework": (
        ("get the answers to the {thing} before the lesson", "get ready for the {thing} before the lesson"),
        ("sneak notes into the {thing}", "take notes for the {thing}"),
        (
            "copy the {thing} from the internet and hand it in as mine",
            "look up words for the {thing} and write it by myself",
        ),
        ("make my {who} do the {thing} in my name", "make a plan with my {who} to do the {thing} in time"),
        ("fool the teacher about who wrote the {thing}", "ask the teacher about how to write the {thing}"),
        ("steal the solutions of the {thing}", "understand the solutions of the {thing}"),
        ("look at the paper of my {who} during the {thing}", "look over my own paper after the {thing}"),
        ("change my mark in the {thing} unnoticed", "improve my mark in the {thing} by practice"),
        ("cheat at the {thing} with a phone", "learn for the {thing} with cards"),
        ("lie about why my {thing} is missing", "explain honestly why my {thing} is late"),
        ("hand in the {thing} that my {who} wrote last year", "learn from the {thing} that my {who} wrote last year"),
        ("sign the {thing} as if I were my {who}", "ask my {who} to sign the {thing}"),
    ),
    "kitchen": (
        (
            "put pepper into the {thing} of my {who} as a mean joke",
            "put herbs into the {thing} of my {who} as they like it",
        ),
        ("sneak a piece of the {thing} that is for the guests", "cut a piece of the {thing} for each guest"),
        ("steal the {thing} of my {who} from the table", "bring the {thing} to my {who} at the table"),
        ("ruin the {thing} of my {who} before the contest", "finish the {thing} with my {who} before the contest"),
        ("hide the {thing} so that my {who} goes hungry", "share the {thing} so that nobody goes hungry"),
        ("lie to my {who} about who ate the {thing}", "ask my {who} about how they made the {thing}"),
        ("make the {thing} of my {who} taste bad", "make the {thing} of my {who} taste better"),
        ("eat the {thing} that my {who} labelled as theirs", "eat the {thing} that my {who} left for me"),
        ("trick my {who} into eating spoilt {thing}", "keep my {who} from eating spoilt {thing}"),
        ("take the {thing} from the lunch bag of my {who} unseen", "put the {thing} into the lunch bag of my {who}"),
        ("drop the {thing} of my {who} as if by accident", "carry the {thing} of my {who} with care"),
        ("swap the good {thing} of my {who} for an old one", "swap a recipe of {thing} with my {who}"),
    ),
    "game": (
        ("cheat my {who} in {thing} without being caught", "teach my {who} {thing} without being bored"),
        ("hide pieces of {thing} so that my {who} loses", "count the pieces of {thing} so that none is lost"),
        ("peek at the hand of my {who} in {thing}", "sort my own hand in {thing}"),
        ("mark the cards for {thing} in secret", "shuffle the cards for {thing} in the right way"),
        ("spoil {thing} for my {who} on purpose", "make {thing} more fun for my {who}"),
        ("lie about the score of {thing}", "keep the score of {thing}"),
        ("break the rules of {thing} unnoticed", "learn the rules of {thing} quickly"),
        ("steal the prize that my {who} won at {thing}", "choose a prize for whoever wins at {thing}"),
        ("make my {who} lose {thing} by a dirty trick", "let my {who} win {thing} now and then"),
        ("trick my {who} out of their turn in {thing}", "wait for my turn in {thing} with patience"),
        ("distract my {who} in {thing} to move a piece", "invite my {who} to {thing} on Sunday"),
        ("rig {thing} so that only I can win", "set up {thing} so that all can play"),
    ),
    "excuse": (
        ("get out of the {thing} with a made-up story", "get through the {thing} with good music"),
        ("fake a headache to avoid the {thing}", "rest a little before the {thing}"),
        ("lie to my {who} about the {thing}", "thank my {who} for the {thing}"),
        ("blame my {who} for the {thing} that I did not do", "help my {who} with the {thing} that is left"),
        ("forge a note of my {who} about the {thing}", "write a note to my {who} about the {thing}"),
        ("trick my {who} so that they do my {thing}", "share with my {who} so that we both do the {thing}"),
        ("pretend that the {thing} is done", "check that the {thing} is done well"),
        ("sneak out before the {thing} begins", "gather the tools before the {thing} begins"),
        ("make my {who} feel guilty so that they do the {thing}", "make my {who} a tea while they do the {thing}"),
        ("invent an accident so that I can skip the {thing}", "choose a day so that I can finish the {thing}"),
        ("hide from my {who} when the {thing} is due", "remind my {who} when the {thing} is due"),
        ("break a promise about the {thing} unnoticed", "keep a promise about the {thing}"),
    ),
}
