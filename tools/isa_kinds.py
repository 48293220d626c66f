"""Which kind of work an instruction does, by its name as objdump writes it.

An instruction has one kind.  One that computes on an operand in memory (x86-64 and s390x have
them) counts as what it computes; that it also touches memory shows in the accesses, which are
counted apart.  A name that no rule knows stops the making of the tables.
"""

import re

from popcorn_lib.isa.tables import KINDS

RULES = {
    # Intel's order: what is written stands first, so a move to memory is a store.
    "x86-64": {
        "store": r"mov\w* [^,]*\[.*|push .*",
        "load": r"mov\w* [^,]*,.*\[.*|pop .*|leave",
        "move": r"mov.*|cdqe|cqo|cdq|cwde",
        "call": r"call.*|ret",
        "branch": r"j\w+ .*",
        "other": r"(cs |data16 )*nop.*|xchg +ax,ax|endbr64|cs .*|data16 .*",
        "multiply": r"(i?mul)\b.*",
        "divide": r"i?div\b.*",
        "float": r"\w+(sd|ss|pd|ps|s2si|d2si)\b.*|cvt.*|p(xor|add|mul|shuf|unpck|sub|and)\w* .*",
        "integer": r"(add|sub|adc|sbb|cmp|test|and|or|xor|not|neg|inc|dec|lea|shl|sal|shr|sar|"
        r"rol|ror|bswap|bt|xchg|cmov\w+|set\w+)\b.*",
    },
    "AArch64": {
        "other": r"nop",
        "load": r"ld\w+ .*",
        "store": r"st\w+ .*",
        "call": r"(bl|blr|ret)\b.*",
        "branch": r"(b|br|b\.\w+|cbn?z|tbn?z) .*",
        "multiply": r"(mul|madd|msub|mneg|[su]m(ul|add|sub|neg)[lh]) (?!v).*",
        "divide": r"[su]div .*",
        "move": r"(mov\w*|adrp|adr|fmov|[su]xt[bhw]) .*",
        "float": r"f\w+ .*|[su]cvtf .*|\w+ v\d.*",
        "integer": r"(add|sub|adc|sbc|cmp|cmn|ccm[pn]|and|orr|orn|eor|eon|bic|tst|mvn|neg|lsl|lsr|"
        r"asr|ror|[su]?bf\w+|extr|rev\w*|clz|cs\w+|cset\w*|cinc|cneg|cinv|ngc)s? .*",
    },
    "RISC-V": {
        "other": r"nop",
        "load": r"(l[bhw]u?|ld|fl[wd]) .*",
        "store": r"(s[bhwd]|fs[wd]) .*",
        "call": r"(jal|jalr|call|ret)\b.*",
        "branch": r"(j|jr|b\w+) .*",
        "multiply": r"mul\w* .*",
        "divide": r"(div|rem)\w* .*",
        "move": r"(mv|li|lui|auipc|[sz]ext\.[bhw]|fmv\.\w\.?\w?) .*",
        "float": r"f\w+\.[\w.]+ .*",
        "integer": r"(add|sub|sll|srl|sra|and|or|xor|not|neg|slt|seqz|snez|sgtz|sltz)i?u?w? .*",
    },
    "POWER": {
        "other": r"nop",
        "move": r"(li|lis|mr|m[tf]\w+|exts[bhw]\.?) .*",
        "load": r"l[bhwdfxv]\w+ .*|ld .*",
        "store": r"st\w+ .*",
        "call": r"(bl|bctrl)( .*)?|b\w*lr[+-]?",
        "branch": r"(b|bdn?z|bctr|b(eq|ne|lt|le|gt|ge|so|ns|un|nu)[+-]?)\b.*",
        "multiply": r"(mul\w+|madd\w+)\.? .*",
        "divide": r"(div|mod)[wd]\w* .*",
        "float": r"(f|xs|xv|xx|v)\w+\.? .*",
        "integer": r"(add|sub|cmp|and|or|xor|nand|nor|eqv|not|neg|sl[wd]|sr[wd]|sra[wd]|rot|clr|"
        r"rld|rlw|mr\.|cntl|cntt|isel|extr|ins|br[hwd]|cr)\w*\.? .*",
    },
    "s390x": {  # named one by one: its short names follow no pattern
        "other": r"nopr?.*",
        "call": r"(brasl|basr|br|ber|bner|bhr|blr|bher|bler) .*",
        "store": r"(st|sty|stg|std|stdy|ste|stey|stc|stcy|sth|sthy|stm|stmg|strl|stgrl|strv|strvg|"
        r"mvi|mviy|mvc|mvhi|mvhhi|mvghi) .*",
        "load": r"(l|ly|lg|lgf|lgh|lh|lhy|lb|lgb|llc|llgc|llh|llgh|llgf|lt|ltg|ld|ldy|le|ley|ldeb|"
        r"lrl|lgrl|lgfrl|llgfrl|lm|lmg|lrv|lrvg|ic|icy|icm) .*",
        "move": r"(lr|lgr|lgfr|lghr|lgbr|lhr|lbr|llgfr|llgcr|llcr|llghr|llhr|ldr|ler|"
        r"lgdr|ldgr|lzdr|lzer|larl|lhi|lghi|lgfi|iilf|iihf|llilf|llihf|llill|llilh|llihl|llihh) .*",
        "multiply": r"(ms|msy|msg|msgf|msr|msgr|msgfr|msfi|msgfi|mhi|mghi|mh|ml|mlg|mlr|mlgr|m|mr)"
        r" .*",
        "divide": r"(d|dr|dl|dlr|dlg|dlgr|dsg|dsgr|dsgf|dsgfr) .*",
        "branch": r"(j\w*|brct|brctg|brxh|brxle|c(l|g|lg)?(r|i)j\w*) .*",
        "float": r"([asmdc]|lt|lc|lp|ln|ma|ms|sq)[de]br? .*|c[defg]+l?[defg]*br?a? .*",
        "integer": r"([as](l|g|lg|gf|lgf|h|y|ly)?r?k?|[as](l|g|h|lg)*[fh]ik?|a(l|g|lg)?si|lay?|"
        r"c(l|g|lg|gf|lgf|y|ly|h|gh)?r?|c(l|g|lg)?[fh]i|c(l|lg)?fi|cli|cliy|chsi|cghsi|clfhsi|tm\w*|"
        r"[xon](g|y)?r?k?|[xon]i(lf|hf|ll|lh|hl|hh)?|s[rl][al]?g?k?|ltg?r|ltgfr|rll|rllg|risbgn?z?|rosbg|rnsbg|"
        r"rxsbg|lcr|lcgr|lpr|lpgr|lnr|lngr|loc\w*|lrvr|lrvgr|flogr|ipm|alc\w*|slb\w*) .*",
    },
}


def kind(isa, text):
    """The kind of the instruction `text`, "add rax,rbx"; ValueError for one that no rule knows.

    The first rule that fits counts, in the order in which they stand above.
    """
    for name, rule in RULES[isa].items():
        if re.fullmatch(rule, text):
            assert name in KINDS
            return name
    raise ValueError(f"{isa}: no rule says what kind of instruction {text!r} is")
