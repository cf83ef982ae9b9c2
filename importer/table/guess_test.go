package table_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/bulkonboard/bulkonboard/importer/table"
)

// The advice on a file that is not UTF-8 names first the encoding in which it
// reads as words, and shows some of them.
func TestTheEncodingThatReadsAsWordsIsNamedFirst(t *testing.T) {
	for name, names := range map[string][]string{
		"windows-1252": {"Bäckerei Müller GmbH", "Café Zoë", "Société Générale d’Électricité", "Peña y Muñoz"},
		"windows-1250": {"Żółć i Synowie", "Příliš žluťoučký kůň", "Gyűrű Kft", "Łódź"},
		"windows-1251": {"Общество Ромашка", "Київський хліб", "Продукты"},
		"macintosh":    {"Bäckerei Müller GmbH", "Café Zoë", "Zürcher Käse"},
		"windows-1253": {"Ελληνική Εταιρεία", "Καφενείο Αθήνα"},
		"windows-1254": {"Işık Şirketi", "Çağdaş Güneş", "Yağmur Ağaç"},
		"windows-1255": {"חברת החשמל", "בית קפה"},
		"windows-1256": {"شركة الكهرباء", "مطعم بيروت"},
		"windows-1257": {"Žemaitijos pienas ąčę", "Rīgas šķiņķis", "Ūkininkų sąjunga"},
		"gbk":          {"上海电话有限公司", "北京烤鸭店", "张伟贸易"},
		"big5":         {"台北電話公司", "高雄餐廳", "陳先生貿易"},
		"shift_jis":    {"東京電力", "すしの店", "カフェ・ミュラー", "山田商店"},
		"euc-kr":       {"서울전화", "김치식당", "한국무역회사"},
	} {
		enc, err := htmlindex.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := enc.NewEncoder().String("Company,E-mail\n" + strings.Join(names, ",a@x.test\n") + ",a@x.test\n")
		if err != nil {
			t.Fatal(name, err)
		}
		e := refuse(t, write(t, "clients.csv", text), table.Options{})
		_, advice, _ := strings.Cut(e.Advice, "--encoding ")
		if !strings.HasPrefix(advice, name+" ") {
			t.Errorf("%s: %s", name, e.Advice)
		}
		in := open(t, write(t, "clients.csv", text), table.Options{Encoding: name})
		if w := in.Warnings(); len(w) != 1 || w[0].Code != "encoding_sample" || !strings.Contains(w[0].Message, names[0]) {
			t.Errorf("%s, declared: %v", name, w)
		}
	}
}

func TestTheAdviceShowsNoPasswords(t *testing.T) {
	e := refuse(t, write(t, "clients.csv", "Company,Password\nM\xFCller,Geh\xE4im-4711\nMeier,k\xFChlschrank77\n"), table.Options{})
	if strings.Contains(e.Advice, "4711") || strings.Contains(e.Advice, "77") || !strings.Contains(e.Advice, `reads "Müller"`) {
		t.Error(e.Advice)
	}
}
