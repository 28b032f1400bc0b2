// Package phonetic knows how English words sound, and how near two of them are
// to each other for somebody who listens.
package phonetic

import (
	"slices"
	"strings"
)

// A phone is one sound of English, named by a letter: the consonants
// p b t d k g f v s z m n l r w y h as they are written, T (thin), D (then),
// S (she), Z (measure), C (chin), J (gin), N (sing), and the vowels i (see),
// I (sit), e (set), E (say), a (sat), A (hot), O (law), o (so), u (soon),
// U (good), V (sun, and all that are not stressed), R (fur), Y (sigh), W (sow),
// X (soy).
type phone = byte

// silent stands for no sound.
const silent = '_'

// vowels are the phones that are none of the consonants.
const vowels = "iIeEaAOouUVRYWX"

// maxPronounced is how many letters of a word are read aloud.
const maxPronounced = 32

// Pronounce reads a word aloud by letter-to-sound rules, the first that fits at
// every place (Elovitz, Johnson, McHugh, Shore 1976, "Automatic Translation of
// English Text to Phonetics by Means of Letter-to-Sound Rules"; the rules are
// our own), and gives a letter for every sound. Two sounds in a row that are
// the same are one. It is empty for a word with signs other than a to z: what
// is said of these is not known.
func Pronounce(word string) string {
	if word == "" || len(word) > maxPronounced {
		return ""
	}
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return ""
		}
	}
	marked := "_" + word + "_"
	phones := make([]phone, 0, len(word)+2)
	for i := 1; i < len(marked)-1; {
		r := ruleAt(marked, i)
		for _, p := range []phone(r.phones) {
			if n := len(phones); p != silent && (n == 0 || phones[n-1] != p) {
				phones = append(phones, p)
			}
		}
		i += len(r.letters)
	}
	return string(phones)
}

// ruleAt gives the first rule that fits a place of a marked word.
func ruleAt(marked string, i int) *letterRule {
	for _, r := range letterRules[marked[i]-'a'] {
		if strings.HasPrefix(marked[i:], r.letters) &&
			fitsBefore(r.before, marked[:i]) && fitsBehind(r.behind, marked[i+len(r.letters):]) {
			return r
		}
	}
	return &letterRule{letters: marked[i : i+1]} // The last rule of every letter fits always.
}

// A letterRule reads some letters aloud where it fits what stands before and
// behind them.
type letterRule struct {
	before, letters, behind, phones string
}

// In what stands before and behind, small letters and the mark of a word's
// border, _, stand for themselves; the others for
//
//	V  a vowel
//	C  a consonant
//	K  any number of consonants, as many as there are
//	F  e, i or y
//	L  a vowel somewhere further out
//	%  a suffix that keeps the vowel before it long: e, es, ed, er, ers, ing, ely, y…
func fitsBehind(pattern, rest string) bool {
	for i := range len(pattern) {
		switch p := pattern[i]; {
		case p == 'K':
			rest = strings.TrimLeftFunc(rest, isConsonantLetter)
		case p == 'L':
			return strings.ContainsAny(rest, "aeiouy")
		case p == '%':
			return slices.Contains(longSuffixes, rest)
		case rest == "" || !fitsLetter(p, rest[0]):
			return false
		default:
			rest = rest[1:]
		}
	}
	return true
}

func fitsBefore(pattern, rest string) bool {
	for i := len(pattern) - 1; i >= 0; i-- {
		switch p := pattern[i]; {
		case p == 'K':
			rest = strings.TrimRightFunc(rest, isConsonantLetter)
		case p == 'L':
			return strings.ContainsAny(rest, "aeiouy")
		case rest == "" || !fitsLetter(p, rest[len(rest)-1]):
			return false
		default:
			rest = rest[:len(rest)-1]
		}
	}
	return true
}

func fitsLetter(p, letter byte) bool {
	switch p {
	case 'V':
		return isVowelLetter(letter)
	case 'C':
		return isConsonantLetter(rune(letter))
	case 'F':
		return letter == 'e' || letter == 'i' || letter == 'y'
	}
	return p == letter
}

func isVowelLetter(b byte) bool     { return strings.IndexByte("aeiouy", b) >= 0 }
func isConsonantLetter(r rune) bool { return 'a' <= r && r <= 'z' && !isVowelLetter(byte(r)) }

var longSuffixes = []string{"e_", "es_", "ed_", "er_", "ers_", "ing_", "ings_", "ely_", "eless_", "eful_", "ement_", "ements_"}

// letterRules are the rules by their first letter.
var letterRules = func() (rules [26][]*letterRule) {
	for _, line := range strings.Fields(letterRuleText) {
		where, phones, _ := strings.Cut(line, "=")
		before, where, _ := strings.Cut(where, "[")
		letters, behind, _ := strings.Cut(where, "]")
		at := letters[0] - 'a'
		rules[at] = append(rules[at], &letterRule{before, letters, behind, phones})
	}
	return rules
}()

const letterRuleText = `
_[ar]o=R _[ar]r=R _[a]_=V _[are]_=Ar _[any]=eni _[and]_=and _[al]most=Ol _[alw]=Olw _[als]o=Ols [alk]=Ok [alf]=af [alm]=Am w[alt]=Olt s[alt]=Olt
[all]_=Ol sm[all]=Ol h[alf]=af _h[av]e=av _w[as]_=Vz w[ar]=Or w[ater]=OtR w[at]ch=At w[a]nt=A w[a]sh=A qu[a]l=A w[a]n=A sw[a]=A wh[at]=Vt
[aigh]=E [air]=er [ai]n_=E L[ain]_=Vn [ai]=E [ay]=E s[ays]_=ez s[ai]d=e
[auth]=OT [augh]t=O l[augh]=af [augh]=O [au]=O [aw]=O
[age]_=EJ L[age]_=IJ L[ages]_=IJIz [are]_=er [ared]_=erd [ari]=ari [arr]=er [ary]_=eri [ard]_=Ard L[ard]_=Rd [ar]=Ar
L[ate]_=Et [ation]=ESVn [a]tion=E [a]ble=E [a]ste=E [a]nge=E
b[ath]=aT _[a]bo=V _[ar]o=R _[a]gain=V _[al]arm=Vl _[a]way=V _[a]wa=V
[al]led_=Ol [al]ling_=Ol [al]ls_=Ol L[ature]_=VCR L[able]_=VbVl L[ables]_=VbVlz L[al]_=Vl L[ally]_=Vli L[als]_=Vlz L[an]_=Vn L[ant]=Vnt L[ance]=Vns
[a]CC%=a [a]C%=E [a]ving=E [a]Cy_=E c[a]ble=E t[a]ble=E [a]_=V [ae]=i [a]=a

[bb]=b m[b]_=_ m[bs]_=_z m[b]ing=_ [b]t_=_ de[b]t=_ [b]=b

[cc]F=ks [cc]=k [ck]=k [ch]r=k s[ch]o=k [ch]ar_=k a[ch]e=k [tch]=C [ch]em=k te[ch]=k [ch]=C s[c]F=_ [ci]a=S [ci]o=S [ci]en=S [c]F=s [cq]=k [c]=k

[dd]=d [dg]e=J [dge]=J [dj]=J L[d]_=d [du]a=Ju [du]re=JV [d]=d

_[eye]=Y [eigh]t_=E [eigh]=E h[eigh]t=Y [ei]ght=E c[ei]=i [either]=iDR [eir]_=er th[eir]=er [eir]=ir [ein]=En [ei]=i
[ear]n=R [ear]th=R h[ear]d=R [ear]ch=R [ear]l=R h[eart]=Art b[ear]_=er w[ear]=er [ear]=ir [ead]_=ed r[ead]=id l[ead]=id [eath]er=eD [ealth]=elT [eav]y=ev br[eak]=Ek gr[eat]=Et st[eak]=Ek [easu]=eZ [ea]d=e pl[ea]s=e [eau]=o cr[ea]t=iE id[ea]=iV r[ea]l=i ar[ea]=iV [ea]nt=e [ea]=i
[eer]=ir b[een]_=In [ee]=i vi[ew]=yu n[ew]=u f[ew]=yu s[ew]=o [ew]=u _h[ey]_=E gr[ey]_=E pr[ey]_=E ob[ey]_=E [ey]_=i th[ey]=E [ey]=E [eu]r=yU [eu]=u
_[eve]ry=ev s[eve]n=ev _[eve]r=ev [eve]n=iv
th[ere]=er wh[ere]=er [ere]_=ir w[ere]_=R [er]r=e [eri]=iri v[ery]=eri L[ery]_=Ri [er]V=er [er]=R
d[ed]_=Id t[ed]_=Id id[ed]_=Id n[eeded]_=idId [ed]_=d sch[ed]u=eJ pl[ease]_=iz _y[es]_=es
_r[e]Cai=i _[e]nou=I _[e]x=I _[e]le=V
L[el]_=Vl L[els]_=Vlz L[en]_=Vn L[ens]_=Vnz L[ent]=Vnt L[ence]=Vns L[est]_=Ist L[et]_=It L[ets]_=Its
[ely]_=li [eful]=fVl [ement]=mVnt [eless]=lVs
[es]t=es s[es]_=Iz ch[es]_=Iz sh[es]_=Iz c[es]_=Iz g[es]_=Iz z[es]_=Iz x[es]_=Iz L[es]_=z _Kr[es]_=z
_b[e]CV=I _r[e]CV=I _d[e]CV=I _K[e]_=i L[e]_=_ [e]C%=i [ed]_=d [e]atre=i [e]ater=i [eo]p=i [eo]=iV [e]=e

[ff]=f o[f]_=v [f]=f

_[gn]=n [gn]_=n [gg]=g [ght]=t [gh]=_ [gu]F=g [gi]v=gI [ge]t=ge [g]ir=g bi[g]=g [g]F=J [g]=g
_[gh]=g

[h]V=h o[h]_=_ _[hon]e=An _[hour]=Wr [h]=_

_[i]_=Y _[idea]=YdiV [igh]=Y [ign]_=Yn [igns]_=Ynz [ign]m=Yn [ild]_=Yld [ind]_=Ynd [inds]_=Yndz L[ie]_=i [ie]_=Y L[ies]_=iz [ies]_=Yz L[ied]_=id [ied]_=Yd fr[ie]n=e [ied]=id [iev]=iv [ie]t=YI [ier]_=iR [ie]=i
[iou]s=iV [ion]_=yVn t[ion]=Vn s[ion]=Vn [io]=io [i]ng_=I [ia]=iV m[i]nut=I v[iew]=yu
[ique]_=ik [igue]_=ig m[ine]_=Yn [ine]_=In f[ine]_=Yn l[ine]_=Yn n[ine]=Yn w[ine]_=Yn L[ice]_=Is L[ive]_=Iv L[ite]_=It [ir]V=Yr [irr]=ir [ir]=R g[ive]=Iv l[ive]=Iv
_K[i]C%=Y L[ise]_=Yz L[ize]_=Yz [i]C%=Y [ing]_=IN [i]gn=Y _d[i]al=Y _K[i]V=Y _p[i]l=Y [i]ble=V [i]=I

[j]=J

_[kn]=n [kk]=k [k]=k

L[less]_=lIs [ll]=l C[le]_=Vl C[les]_=Vlz C[led]_=Vld ou[l]d=_ [l]=l

[mm]=m _[mn]=n m[n]_=_ [m]=m

[nn]=n [ng]F=nJ si[ng]=N [ng]ing=N [nger]_=NR [ng]_=N [ngs]_=Nz [ng]=Ng [nk]=Nk [nc]h=n [nx]=Nk [n]=n

_[one]_=wVn _[ones]_=wVnz _[once]_=wVns any[one]=wVn [o]ne_=o _[of]_=Vv _[on]=An _[o]nly=o _[ok]ay=ok _[ok]_=okE
[oor]=Or bl[oo]d=V fl[oo]d=V [oo]k=U g[oo]d=U w[oo]d=U st[oo]d=U f[oo]t=U w[oo]l=U [oo]=u
_h[our]s=Wr f[our]=Or y[our]=Or c[our]=Or t[our]=Ur p[our]=Or [our]n=R L[our]=R [our]=Wr
[ough]t=O thr[ough]=u th[ough]=o en[ough]=Vf r[ough]=Vf t[ough]=Vf thr[ough]=u c[ough]=Of [ough]=o
y[ou]=u [ou]ld=U gr[ou]p=u s[ou]p=u tr[ou]b=V d[ou]b=V c[ou]p=V c[ou]n=W c[ou]sin=V y[ou]ng=V t[ou]ch=V c[ou]ntr=V L[ou]s=V [ou]=W
[ow]n_=o d[own]=Wn t[own]=Wn br[own]=Wn [ow]er=W [ow]d=W c[ow]=W _n[ow]_=W _h[ow]=W all[ow]=W v[ow]=W [ow]_=o [ows]_=oz [ow]=o
_g[oi]ng=oI _d[oi]ng=uI [oi]=X [oy]=X [oa]r=O [oa]=o [oe]s_=o d[oes]_=Vz sh[oe]=u [oe]=o _d[o]_=u _t[o]_=u _int[o]_=u _ont[o]_=u wh[o]=u _tw[o]=u _d[o]ing=u g[o]ing=o cl[ose]_=oz cl[ose]st=os kn[ow]=o sh[ow]=o phot[o]=o
w[ork]=Rk w[ord]=Rd w[or]l=R w[orr]=Ri w[orth]=RT w[ors]=Rs [ore]_=Or ther[mo]=mV L[or]_=R L[ors]_=Rz [or]=Or
[one]_=on s[omeone]_=VmwVn s[ome]=Vm c[ome]_=Vm [other]=VDR m[o]ney=V m[on]day=Vn m[onth]=VnT fr[o]m=V l[ov]e=Vv ab[ov]e=Vv c[ov]er=Vv _[ov]en=Vv m[ov]=uv pr[ov]=uv d[one]_=Vn n[one]_=Vn w[on]_=Vn s[on]_=Vn _l[os]e=uz g[one]=On wh[ose]=uz
L[on]_=Vn L[ons]_=Vnz L[om]_=Vm L[ol]_=Vl
[old]=old [ost]_=ost l[ost]=Ost c[ost]=Ost [oss]=Os [oth]_=OT b[oth]=oT [off]=Of [ong]=ON [ol]l_=o [o]_=o [os]_=oz [og]=Og
[o]C%=o _K[o]CV=o [o]CaC=o [o]ci=o [o]=A

[ph]=f [pp]=p _[ps]=s _[pn]=n [p]=p

[que]_=k [qu]=kw [q]=k

[rr]=r _[rh]=r [r]=r

[sch]=sk [sh]=S mi[ssi]=S [ssi]on=S [ssu]re=SV [ss]=s [si]on=Z V[s]ure=Z _[su]re=SU _[su]gar=SU [st]en_=s [st]le_=s V[se]_=z nV[se]_=s k[s]_=s p[s]_=s t[s]_=s f[s]_=s thi[s]_=s i[s]_=z a[s]_=z u[s]_=s Vu[s]_=s L[s]_=z V[s]V=z s[s]_=s C[s]_=z li[s]t=s [s]=s

[tch]=C _[the]_=DV _[this]=DIs _[that]=Dat _[than]_=Dan _[thei]r=De _[they]=DE _[them]_=Dem _[then]_=Den _[these]_=Diz _[those]_=Doz _[there]=Der _[th]ough=D _[thus]_=DVs V[the]r_=DV wi[th]=D  o[th]er=D [th]=T [tt]=t [ti]o=S [ti]a=S [ti]en=S [ture]_=CR [tures]_=CRz [tu]ra=C [ts]ch=C [tu]al=Cu n[t]ur=C _[two]=tu [t]=t

_[uni]=yuni _[un]=Vn _[use]_=yuz _[us]_=Vs _[us]V=yuz [uy]=Y [u]ary=ye g[u]e=_ [uar]=Ar [ui]C%=u b[ui]l=I g[ui]=I fr[ui]=u s[ui]t=u [ui]=u
L[ure]_=R s[ure]=Ur [ure]_=yUr [ur]V=yUr b[ur]y=er [ur]=R [ue]_=u [ue]=u l[ume]_=yum f[u]tur=yu p[ut]_=Ut p[ush]=US p[ull]=Ul f[ull]=Ul b[ull]=Ul s[u]gar=U b[us]i=Iz b[us]y=Iz min[ut]e=It
L[um]_=Vm L[us]_=Vs L[ul]_=Vl
m[u]CV=yu c[u]CV=yu f[u]CV=yu h[u]CV=yu p[u]CV=yu b[u]CV=yu _[u]CV=yu v[u]CV=yu
[u]C%=u r[u]CV=u l[u]CV=u [u]CV=u [u]_=u [u]=V

[vv]=v [v]=v

_[wr]=r [wh]o=h [wh]=w _[were]_=wR [w]are=w s[w]or=_ ans[w]=_ [w]=w

_[x]=z e[x]a=gz [x]=ks

_[your]=yOr _[you]=yu _[y]=y _K[y]_=Y _K[y]CV=Y if[y]_=Y [y]_=i [y]C%=Y [y]ing=i [y]=I

[zz]=z [z]=z
`
