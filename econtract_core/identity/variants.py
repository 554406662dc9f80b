"""Tables for comparing names: one character in several forms, and different characters that look alike.

Compatibility ideographs and most radicals need no table: Unicode's own decompositions join them. What stands here was written
down from 常用漢字表 (平成22年内閣告示第2号: 康熙字典体 in parentheses), 人名用漢字 (戸籍法施行規則 別表第二), 表外漢字字体表 (2000), and
from the forms that registries and family registers keep in names (戸籍統一文字: 髙 﨑 𠮷 and the like). A pair that is not
here makes two names different, and a person looks.
"""

from __future__ import annotations

# Old and new forms, each word one character in its forms; the first is the one that comparing uses.
_FORMS = """
亜亞 悪惡 圧壓 囲圍 医醫 為爲 壱壹 隠隱 栄榮 営營 衛衞 駅驛 円圓 塩鹽 縁緣 艶艷 応應 欧歐 殴毆 桜櫻 奥奧 横橫 温溫 穏穩
仮假 価價 画畫 会會 絵繪 壊壞 懐懷 概槪 拡擴 殻殼 覚覺 学學 岳嶽 楽樂 渇渴 缶罐 巻卷 陥陷 勧勸 寛寬 関關 歓歡 観觀 顔顏
気氣 帰歸 偽僞 戯戲 犠犧 旧舊 拠據 挙擧 虚虛 峡峽 挟挾 狭狹 郷鄕 暁曉 区區 駆驅駈 勲勳 薫薰 径徑 茎莖 恵惠 掲揭 渓溪谿 経經
蛍螢 軽輕 継繼 鶏鷄 芸藝 撃擊 欠缺 研硏 県縣 倹儉 剣劍劒 険險 圏圈 検檢 献獻 権權 顕顯 験驗 厳嚴 広廣 効效 恒恆 黄黃 鉱鑛
号號 国國圀 黒黑 砕碎 済濟 斎齋 剤劑 雑雜 参參 桟棧 蚕蠶 惨慘 賛贊 残殘 糸絲 歯齒 児兒 辞辭 湿濕 実實 写寫 釈釋 寿壽 収收
従從 渋澁 獣獸 縦縱 粛肅 処處 緒緖 叙敍 将將 称稱 渉涉 焼燒 証證 奨奬 条條 状狀 乗乘 浄淨 剰剩 畳疊 縄繩 壌壤 嬢孃 譲讓
醸釀 触觸 嘱囑 真眞 寝寢 慎愼 尽盡 図圖 粋粹 酔醉 穂穗 随隨 髄髓 枢樞 数數 瀬瀨 声聲 斉齊 静靜 窃竊 摂攝 専專 浅淺 戦戰
践踐 銭錢 潜潛 繊纖 禅禪 双雙 壮壯 争爭 荘莊庄 捜搜 挿插 巣巢 曽曾 痩瘦 装裝 総總 騒騷 増增 蔵藏 臓臟 即卽 属屬 続續 堕墮
対對 体體 帯帶 滞滯 台臺 滝瀧 択擇 沢澤 担擔 単單 胆膽 団團 断斷 弾彈 遅遲 痴癡 虫蟲 昼晝 鋳鑄 庁廳 徴徵 聴聽 勅敕 鎮鎭
逓遞 鉄鐵 点點 転轉 伝傳 灯燈 当當 党黨 盗盜 稲稻 闘鬪鬭 徳德 独獨 読讀 届屆 弐貳 悩惱 脳腦 覇霸 拝拜 廃廢 売賣 麦麥 発發
髪髮 抜拔 晩晚 蛮蠻 秘祕 浜濱濵 瓶甁 払拂 仏佛 併倂 並竝 餅餠 辺邊邉 変變 弁辨瓣辯 歩步 宝寶 豊豐 褒襃 翻飜 毎每 万萬
満滿 麺麵 黙默 弥彌 訳譯 薬藥 与與 予豫 余餘 誉譽 揺搖 様樣 謡謠 来來 頼賴 乱亂 覧覽 竜龍 両兩 猟獵 緑綠 涙淚 塁壘
礼禮 励勵 戻戾 霊靈 齢齡 暦曆 歴歷 恋戀 錬鍊 炉爐 労勞 郎郞 楼樓 録錄 湾灣 隣鄰 富冨 館舘 鶴靏靍 舎舍 剥剝 填塡 頬頰 叱𠮟
高髙 崎﨑嵜碕 吉𠮷 土圡 島嶋嶌 柳栁桺 桑桒 槙槇 晋晉 凜凛 尭堯 亘亙 巌巖 遥遙 桧檜 萌萠 峰峯 村邨 野埜 園薗 船舩
籠篭 鴎鷗 煕熙凞 祢禰 禄祿 祷禱 穣穰 瑶瑤 枡桝 鯵鰺 鶯鴬 麹麴 蝉蟬 莱萊 繋繫 掴摑 蝋蠟 蒋蔣 醤醬 侠俠 倶俱 呑吞 噛嚙 嚢囊
亀龜 晃晄 杯盃 涼凉 繍繡 屏屛 并幷 兎兔 蛎蠣 壷壺 弯彎 喜㐂 昇曻 渕淵渊 讃讚 涛濤 薮藪 芦蘆 唖啞 頴穎 撹攪 鹸鹼 掻搔 沪濾 焔焰 諌諫 躯軀 頚頸
砺礪 涜瀆 箪簞 賎賤 騨驒 迩邇 梼檮 灯燈 冴冱 絋紘 秋穐龝 草艸 法灋 杉杦 翠翆 隷隸 潟泻 函凾
"""
# Unicode gives these radicals no decomposition (EquivalentUnifiedIdeograph.txt does); text taken out of PDFs is full of them.
_RADICALS = """
⺠民 ⻁虎 ⻄西 ⻑長 ⻘青 ⻝食 ⻤鬼 ⻨麦 ⻩黄 ⻫斉 ⻭歯 ⻯竜 ⻲亀 ⺟母 ⻳龟 ⻆角 ⻅见 ⺝月 ⺼肉 ⻌辶 ⺡氵 ⺅亻
"""
# Different characters that one cannot tell apart on a screen: kana, kanji, marks; then letters of other scripts.
_ALIKE = """
カ力 ロ口囗 ニ二 ハ八 エ工 ー一―—─-|丨 タ夕 ト卜 へヘ べベ ぺペ り刂 〇○◯0OΟО オ才 チ千干于 ミ三 メ乂 ヌ又 ム厶 イ亻 ノ丿
土士 末未 己已巳 日曰 戊戌戍 鳥烏 母毋 治冶 祐祜 侯候 裕袷 崇祟 晴睛 栗粟 萩荻
l1IΙІ aаα AАΑ eе EЕΕ oοо pрρ PРΡ cсϲ CС xхχ XХΧ yу YУΥ BВΒ HНΗ KКΚ MМΜ TТΤ NΝ ZΖ iі jј sѕ SЅ
"""


def _joined(*lists: str) -> dict[str, str]:
    """Each character → the first of all that hang together with it."""
    first: dict[str, str] = {}
    for group in " ".join(lists).split():
        known = {first[c] for c in group if c in first} or {group[0]}
        leader = min(known, key=lambda c: (c not in group, group.find(c), c))
        for character in [c for c, old in first.items() if old in known] + list(group):
            first[character] = leader
    return first


FORMS: dict[str, str] = _joined(_FORMS, _RADICALS)
ALIKE: dict[str, str] = _joined(_ALIKE)
