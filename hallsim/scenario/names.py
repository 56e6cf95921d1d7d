"""Names in both languages: what the common words of a hall are called in Chinese reports.

In: a key such as `counter`, and the label a scenario may give. Out: a `Label`. A key that is not known
here keeps its own text in both languages.
"""

from __future__ import annotations

from typing import Any

from hallsim.model import Label

CHINESE = {
    "agent": "代理点",
    "app": "掌上营业厅",
    "appointment": "预约客户",
    "arrivals": "到店客流",
    "bank": "银行",
    "broadband": "宽带业务",
    "business": "业务",
    "card": "换卡补卡",
    "complaint": "投诉",
    "consultation": "咨询",
    "counter": "台席",
    "customer": "客户",
    "demo": "体验终端",
    "diamond": "钻卡",
    "easyown": "神州行",
    "experience": "体验区",
    "express": "快速台席",
    "general": "普通客户",
    "gold": "金卡",
    "gotone": "全球通",
    "greeter": "客服引导员",
    "group": "集团客户",
    "handset": "购机",
    "hotline": "热线",
    "kiosk": "自助终端",
    "m_zone": "动感地带",
    "new_line": "入网开户",
    "number": "选号入网",
    "payment": "缴费",
    "pda": "PDA预受理",
    "plan": "套餐变更",
    "print": "打印详单",
    "query": "查询",
    "quick": "简单业务客户",
    "self_service": "自助服务区",
    "silver": "银卡",
    "sms": "短信营业厅",
    "tour": "团体客户",
    "V": "贵宾号",
    "vip": "贵宾",
    "walk_in": "到店散客",
    "web": "网上营业厅",
    "Z": "普通号",
}
ROLE_WORDS = {
    "greeter": ("greeter", "reception", "引导"),
    "kiosk": ("kiosk", "terminal", "self_service", "自助"),
    "counter": ("counter", "desk", "台席", "柜"),
}


def label_of(key: str, given: Any = None) -> Label:
    """Return the label of a key.

    >>> label_of("counter")
    Label(en='counter', zh='台席')
    """
    if isinstance(given, dict) and given.get("en") and given.get("zh"):
        return Label(given["en"], given["zh"])
    if isinstance(given, str):
        return Label(given, CHINESE.get(key, given))
    english = key.replace("_", " ")
    return Label(english, chinese_of(key, english))


def chinese_of(key: str, otherwise: str) -> str:
    """Return the Chinese word for a key, its singular included."""
    return CHINESE.get(key) or CHINESE.get(key.removesuffix("s")) or otherwise


def role_of(name: str) -> str:
    """Return the role that a station's name suggests.

    >>> role_of("vip_counter"), role_of("cloakroom")
    ('counter', 'other')
    """
    for role, words in ROLE_WORDS.items():
        if any(word in name.lower() for word in words):
            return role
    return "other"
