; SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
; The facts of words.h as theorems of 64-bit vectors: no counterexample exists. A fact
; about integers reads the same here where nothing in it leaves 0 to 2^64-1; where a
; sum might, that is said.
(set-logic QF_BV)
(define-sort word () (_ BitVec 64))
(define-fun zero () word #x0000000000000000)
(define-fun one () word #x0000000000000001)
(declare-const x word)
(declare-const m word)
(define-fun a () word (bvadd m one))	; m + 1 as it is where it does not wrap
(define-fun rest () word (bvand x m))
(define-fun pow2 ((v word)) Bool
  (and (not (= v zero)) (= (bvand v (bvsub v one)) zero)))

; Sums of two words, and differences, in 66 bits; the word is the lower 64 of them.
(define-sort wide () (_ BitVec 66))
(declare-const s wide)
(define-fun max () wide (concat #b00 #xffffffffffffffff))
(define-fun unit () wide (bvadd max (_ bv1 66)))
(define-fun as_word () wide (concat #b00 ((_ extract 63 0) s)))

(push) (echo "wraps_up")
(assert (bvslt max s)) (assert (bvsle s (bvadd max max)))
(assert (not (= as_word (bvsub s unit))))
(check-sat) (pop)

(push) (echo "wraps_down")
(assert (bvsle (bvneg max) s)) (assert (bvslt s (_ bv0 66)))
(assert (not (= as_word (bvadd s unit))))
(check-sat) (pop)

(define-fun as_signed () wide ((_ sign_extend 2) ((_ extract 63 0) s)))
(push) (echo "signs")
(assert (bvslt (concat #b00 #x7fffffffffffffff) s))
(assert (bvsle s (bvadd unit (concat #b00 #x7fffffffffffffff))))
(assert (not (= as_signed (bvsub s unit))))
(check-sat) (pop)

(push) (echo "and_least")
(assert (not (and (bvule rest x) (bvule rest m))))
(check-sat) (pop)

(push) (echo "and_cleared")
(assert (not (= (bvand (bvsub x rest) m) zero)))
(check-sat) (pop)

(push) (echo "and_before")
(assert (pow2 a)) (assert (bvult rest x))
(assert (not (= (bvand (bvsub (bvsub x rest) one) m) m)))
(check-sat) (pop)

(push) (echo "and_after")
(assert (pow2 a)) (assert (bvugt rest zero))
(assert (bvule x (bvadd x (bvsub a rest))))	; it does not wrap
(assert (not (= (bvand (bvadd x (bvsub a rest)) m) zero)))
(check-sat) (pop)

(push) (echo "or_most")
(assert (not (and (= (bvor x m) (bvadd x (bvsub m rest)))
		  (bvule x (bvadd x (bvsub m rest)))	; it does not wrap
		  (= (bvand (bvor x m) m) m))))
(check-sat) (pop)

(push) (echo "by_8")
(assert (not (= (bvlshr x (_ bv3 64)) (bvudiv x (_ bv8 64)))))
(check-sat) (pop)

(push) (echo "by_64")
(assert (not (= (bvlshr x (_ bv6 64)) (bvudiv x (_ bv64 64)))))
(check-sat) (pop)

; In 68 bits, which hold eight times a word.
(define-fun x68 () (_ BitVec 68) (concat #x0 x))
(push) (echo "times_8")
(assert (not (= (bvshl x68 (_ bv3 68)) (bvmul (_ bv8 68) x68))))
(check-sat) (pop)
