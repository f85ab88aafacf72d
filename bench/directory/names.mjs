// Names of people and places, for the generated people.

const words = (text) => text.trim().split(/\s+/);

/**
 * The scripts and languages of the names. `share` is their part of the people, out of 100; `apart` stands between the
 * names; `familyFirst` names begin with the family's.
 */
export const LANGUAGES = [
  {
    share: 44,
    given: words(`James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan
      Joseph Jessica Thomas Sarah Charles Karen Ann Lisa Daniel Nancy Matthew Betty Anthony Sandra Mark Ashley Donald
      Emily Steven Kimberly Andrew Margaret Paul Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Melissa George
      Deborah Timothy Stephanie Ronald Rebecca Jason Laura Edward Helen Jeffrey Sharon Ryan Cynthia Jacob Kathleen
      Priya Rahul Anita Vikram Wei Li Mei Jun Amir Fatima Omar Layla Sven Anna Lars Eva Marco Giulia Luca Sofia`),
    family: words(`Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez
      Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis
      Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera
      Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart
      Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox
      Ward Richardson Watson Brooks Chavez Wood James Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders
      Patel Myers Long Ross Foster Jimenez O'Brien O'Neill Smith-Jones McDonald Singh Sharma Kumar Gupta Chen Wang`),
  },
  {
    share: 22,
    given: words(`José María Jürgen Zoë François Hélène Łukasz Małgorzata Søren Åse Çağla Şükrü Gökhan İrem Jiří Žaneta
      Dvořák Tomáš Zuzana Ágnes György Márton Ștefan Ioana Đorđe Vesna Björn Þóra Nguyễn Phương Thảo Minh João Inês
      Andrés Lucía Noël Chloé Jérôme Anaïs Günther Käthe Ægir Léa`),
    family: words(`Müller Schröder Groß Weiß Jäger García Núñez Peña Muñoz Gómez Lefèvre Béranger Côté Wałęsa Wójcik
      Kowalczyk Sørensen Kjær Østergård Åkesson Öztürk Yılmaz Şahin Çelik Novák Dvořáček Šťastný Říha Horváth Szabó
      Kovács Ionescu Popescu Đurić Petrović Jónsdóttir Þórsson Trần Lê Phạm Đặng Gonçalves Simões Araújo Vélez Ibáñez
      Rénier Gößwein Fußenegger Bjørnsson`),
  },
  {
    share: 8,
    given: words(`Александр Мария Дмитрий Анна Сергей Елена Андрей Ольга Алексей Наталья Иван Екатерина Михаил Татьяна
      Николай Юлия Йосип Оксана Тарас Софія`),
    family: words(`Иванов Смирнова Кузнецов Попова Васильев Петрова Соколов Михайлова Новиков Фёдорова Морозов Волкова
      Алексеев Лебедева Семёнов Егорова Шевченко Коваленко Бондаренко Ткаченко`),
  },
  {
    share: 3,
    given: words("Γιώργος Μαρία Δημήτρης Ελένη Νίκος Κατερίνα Γιάννης Σοφία Κώστας Άννα Ηλίας Χρήστος"),
    family: words("Παπαδόπουλος Γεωργίου Νικολάου Αντωνίου Ιωάννου Βασιλείου Δημητρίου Οικονόμου Παππάς Καραγιάννης"),
  },
  {
    share: 8,
    apart: "",
    familyFirst: true,
    given: words(
      `伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀英 霞 平 刚 桂英 建华 文 玉兰 浩然 子涵 雨欣 梓萱 志强`,
    ),
    family: words(`王 李 张 刘 陈 杨 黄 赵 周 吴 徐 孙 马 朱 胡 郭 何 高 林 罗 郑 梁 谢 宋 唐 许 韩 冯 邓 曹`),
  },
  {
    share: 5,
    familyFirst: true,
    given: words("太郎 花子 健 美咲 翔太 さくら 大輔 陽子 拓也 恵 直樹 あかね 誠 由美子 蓮 結衣 ケン マリア 樹 葵"),
    family: words(
      "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水",
    ),
  },
  {
    share: 2,
    apart: "・",
    given: words("ジョン メアリー デイビッド ガブリエラ ピーター エマ ポール ドロシー ジェームズ ベティ"),
    family: words("スミス ジョンソン ブラウン デイビス ガルシア ウィルソン テイラー パーカー ベイカー グプタ"),
  },
  {
    share: 4,
    apart: "",
    familyFirst: true,
    given: words("민준 서연 도윤 지우 예준 서현 주원 하은 지호 수빈 현우 지민 준서 유진 은지 동현 미경 영호 정숙 상훈"),
    family: words("김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 홍"),
  },
  {
    share: 2,
    given: words("محمد فاطمة أحمد عائشة علي مريم عمر زينب يوسف ليلى خالد نورة"),
    family: words("العلي حسن إبراهيم الأحمد محمود السيد عبدالله الخطيب صالح ناصر"),
  },
  {
    share: 1,
    given: words("דוד שרה משה רחל יוסף לאה אברהם מרים יעקב רבקה"),
    family: words("כהן לוי מזרחי פרץ ביטון דהן אברהם פרידמן אזולאי כץ"),
  },
  {
    share: 1,
    given: words("राहुल प्रिया अमित अंजलि विजय सुनीता राजेश पूजा संजय नेहा"),
    family: words("शर्मा वर्मा सिंह गुप्ता कुमार पटेल यादव मिश्रा जोशी रेड्डी"),
  },
];

/** Country, code, region and city. */
export const PLACES = `Ireland,IRL,Leinster,Dublin|Ireland,IRL,Munster,Cork|United States,USA,California,San Francisco|
  United States,USA,New York,New York|United States,USA,Texas,Austin|United States,USA,Washington,Seattle|
  United States,USA,Illinois,Chicago|United Kingdom,GBR,England,London|United Kingdom,GBR,Scotland,Edinburgh|
  Germany,DEU,Berlin,Berlin|Germany,DEU,Bayern,München|Germany,DEU,Hamburg,Hamburg|France,FRA,Île-de-France,Paris|
  France,FRA,Rhône,Lyon|Spain,ESP,Madrid,Madrid|Spain,ESP,Catalunya,Barcelona|Italy,ITA,Lombardia,Milano|
  Poland,POL,Mazowieckie,Warszawa|Sweden,SWE,Stockholm,Stockholm|Denmark,DNK,Hovedstaden,København|
  Czechia,CZE,Praha,Praha|Türkiye,TUR,İstanbul,İstanbul|Brazil,BRA,São Paulo,São Paulo|Mexico,MEX,CDMX,Ciudad de México|
  Canada,CAN,Ontario,Toronto|Canada,CAN,Québec,Montréal|India,IND,Karnataka,Bengaluru|India,IND,Maharashtra,Mumbai|
  China,CHN,Shanghai,Shanghai|Japan,JPN,Tokyo,Tokyo|Japan,JPN,Osaka,Osaka|South Korea,KOR,Seoul,Seoul|
  Vietnam,VNM,Hà Nội,Hà Nội|Ukraine,UKR,Kyiv,Kyiv|Greece,GRC,Attica,Athens|Israel,ISR,Tel Aviv,Tel Aviv|
  Egypt,EGY,Cairo,Cairo|Australia,AUS,New South Wales,Sydney|Australia,AUS,Victoria,Melbourne`
  .split(/\|\s*/)
  .map((place) => place.trim().split(","));

export const COMPANY_WORDS = {
  first: words(`Acme Global Northern Blue Bright Silver Atlas Nova Pioneer Summit River Harbor Vertex Lumen Orbit Cedar
    Falcon Granite Meridian Quantum Solar Urban Vivid Zenith Éclair Nordström Österreich Sakura 東京 大阪 上海 Ростов`),
  second: words(`Logistics Software Foods Health Energy Media Robotics Travel Finance Textiles Studios Networks Labs
    Systems Motors Pharma Retail Consulting Design Analytics 商事 电子`),
  last: ["Inc.", "Ltd", "GmbH", "S.A.", "LLC", "AB", "& Co.", "Group"],
};
