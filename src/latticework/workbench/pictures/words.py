"""The fixed words of pictures, in the reader's language: a picture speaks it also where no page is."""

from __future__ import annotations

from typing import Final

_JA: Final[dict[str, str]] = {
    "today": "本日", "Source: {source}": "出典：{source}", "Unit: {unit}": "単位：{unit}",
    "band {interval} %": "帯は{interval} %区間", "{n} replications, seed {seed}": "反復{n}回、乱数種{seed}",
    "No difference shown between {names}: their bands overlap.": "{names}の差は示されていない（帯が重なるため）。",
    "verified": "確認済み", "press": "報道", "invented": "仮", "synthetic": "合成",
    "work": "作業", "binding": "律速", "law": "法令", "approval": "承認", "idle": "遊休", "single source": "単一供給元",
    "Group": "区分", "Row": "行", "From": "開始", "Until": "終了", "Kind": "種別", "What": "内容", "Moment": "時点",
    "limit": "限界", "moment": "時点", "step": "引継ぎ", "Lane": "系列", "When": "日時", "Detail": "詳細",
    "own": "自ら", "other": "相手", "gap": "空白", "Option": "案", "Low": "下限", "Median": "中央値", "High": "上限",
    "Limit": "限界", "Line": "線", "Node": "節点", "Note": "備考", "Symbol": "記号", "To": "宛先",
    "command": "指揮", "support": "支援", "coordination": "調整", "withheld": "不開示", "what-if": "仮定",
    "Area": "区域", "Place": "地点", "Route": "経路", "Name": "名称", "Position": "位置", "area": "区域",
    "place": "地点", "route": "経路", "Coast: Natural Earth": "海岸線：Natural Earth", "node": "節点", "line": "線",
    "Nothing to show.": "表示するものはない。", "chosen": "選択中", "x": "x", "Figure": "指標", "of {n}": "／{n}",
    "friend": "味方", "hostile": "敵対", "neutral": "中立", "unknown": "不明",
}
WORDS: Final[dict[str, dict[str, str]]] = {"ja": _JA}


def word(english: str, language: str, **values: object) -> str:
    """Return fixed words in a language, with ``{name}`` filled in; English where there is no translation."""
    text = WORDS.get(language, {}).get(english, english)
    return text.format(**values) if values else text


def listed(names: list[str], language: str) -> str:
    """Return names in a row, as the language lists them."""
    if language == "ja":
        return "、".join(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
