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

; Those of ctz.h, in 128 bits: no word moved up by less than 64 leaves them.
(define-sort long () (_ BitVec 128))
(define-fun of ((v word)) long (concat zero v))
(define-fun num ((n (_ BitVec 7))) long (concat (_ bv0 121) n))
(define-fun low ((v long)) word ((_ extract 63 0) v))
(declare-const y word)
(declare-const n (_ BitVec 7))
(declare-const k (_ BitVec 7))
(define-fun up ((v long) (by long)) long (bvshl v by))
(define-fun down ((v long) (by long)) long (bvlshr v by))
(define-fun less ((by long)) long (bvsub (_ bv64 128) by))
(define-fun lowest_bit ((v word) (by long)) Bool
  (and (bvult by (_ bv64 128))
       (= (bvand (down (of v) by) (_ bv1 128)) (_ bv1 128))
       (= (bvand (of v) (bvsub (up (_ bv1 128) by) (_ bv1 128))) (_ bv0 128))))

(push) (echo "shift_back")
(assert (bvule (_ bv1 128) (num k)))
(assert (bvult (bvadd (num n) (num k)) (_ bv64 128)))
(assert (= (low (up (of x) (less (num k)))) zero))
(assert (not (= (up (down (of x) (num k)) (bvadd (num n) (num k)))
		(up (of x) (num n)))))
(check-sat) (pop)

(push) (echo "lower_half")
(assert (bvule (_ bv1 7) k)) (assert (bvule k (_ bv32 7)))
(assert (not (= (low (up (of x) (less (bvadd (num k) (num k))))) zero)))
(assert (= (low (up (of x) (less (num k)))) zero))
(assert (= (low (up (down (of x) (num k)) (less (num k)))) zero))
(check-sat) (pop)

(push) (echo "lowest_moved")
(assert (bvult (num n) (_ bv64 128)))
(assert (= (of x) (up (of y) (num n))))
(assert (not (= (low (up (of y) (_ bv63 128))) zero)))
(assert (not (lowest_bit x (num n))))
(check-sat) (pop)

; Those of pat.h.
(define-sort byte () (_ BitVec 8))
(define-fun entry ((v word) (i word)) byte
  ((_ extract 7 0) (bvlshr v (bvshl i (_ bv3 64)))))
(define-fun pat_type ((t byte)) Bool
  (and (bvule t #x07) (not (= t #x02)) (not (= t #x03))))
(define-fun fine ((v word) (i word) (last word)) Bool
  (=> (bvult i last) (pat_type (entry v i))))
(define-fun pat_below ((v word) (last word)) Bool
  (and (fine v (_ bv0 64) last) (fine v (_ bv1 64) last) (fine v (_ bv2 64) last)
       (fine v (_ bv3 64) last) (fine v (_ bv4 64) last) (fine v (_ bv5 64) last)
       (fine v (_ bv6 64) last) (fine v (_ bv7 64) last)))
(define-fun bad_bits ((v word)) word
  (bvor (bvand v #xf8f8f8f8f8f8f8f8)
	(bvand v #x0202020202020202 (bvnot (bvlshr v one)))))
(declare-const i word)

(push) (echo "pat_masks")
(assert (not (= (and (= (bvand x #xf8f8f8f8f8f8f8f8) zero)
		     (= (bvor x (bvshl (bvand x #x0202020202020202) one)) x))
		(pat_below x (_ bv8 64)))))
(check-sat) (pop)

(push) (echo "pat_bad")
(assert (not (= (= (bad_bits x) zero) (pat_below x (_ bv8 64)))))
(check-sat) (pop)

(push) (echo "pat_lowest")
(assert (lowest_bit (bad_bits x) (num n)))
(assert (let ((at (low (down (num n) (_ bv3 128)))))
  (not (and (not (pat_type (entry x at))) (pat_below x at)))))
(check-sat) (pop)

; An entry is a byte here, 0 to 255.
(push) (echo "pat_byte")
(assert (bvult i (_ bv8 64)))
(assert (not (= (concat #x000000 (entry x i))
		(bvand ((_ extract 31 0) (bvlshr x (bvshl i (_ bv3 64)))) #x000000ff))))
(check-sat) (pop)

(push) (echo "pat_high")
(assert (bvult i (_ bv8 64)))
(assert (not (= (= (bvand ((_ extract 31 0) (bvlshr x (bvshl i (_ bv3 64)))) #x000000f8)
		   #x00000000)
		(bvult (entry x i) #x08))))
(check-sat) (pop)

(push) (echo "pat_low")
(assert (bvult i (_ bv8 64)))
(assert (= (bvand ((_ extract 31 0) (bvlshr x (bvshl i (_ bv3 64)))) #x000000f8) #x00000000))
(assert (not (= (bvand ((_ extract 31 0) (bvlshr x (bvshl i (_ bv3 64)))) #x00000007)
		(concat #x000000 (entry x i)))))
(check-sat) (pop)

; What is shifted down stays a word, and in one a bit moved up by 2 is 0 or 4.
(push) (echo "shift_in")
(assert (bvult i (_ bv64 64)))
(assert (not (and (bvule (bvand (bvlshr x i) one) one)
		  (bvule (bvshl (bvand (bvlshr x i) one) (_ bv2 64)) (_ bv4 64)))))
(check-sat) (pop)

(push) (echo "index_low")
(assert (not (and (= (concat #x00000000 (bvand ((_ extract 31 0) (bvlshr x (_ bv3 64)))
					       #x00000003))
		     (bvand (bvlshr x (_ bv3 64)) (_ bv3 64)))
		  (bvule (bvand (bvlshr x (_ bv3 64)) (_ bv3 64)) (_ bv3 64)))))
(check-sat) (pop)

(push) (echo "index_high")
(assert (bvule x (_ bv3 64))) (assert (bvule y one))
(assert (not (and (= (bvshl y (_ bv2 64)) (bvmul (_ bv4 64) y))
		  (= (bvor x (bvshl y (_ bv2 64))) (bvadd x (bvmul (_ bv4 64) y))))))
(check-sat) (pop)

(push) (echo "ept_bits")
(assert (not (bvule (bvand (bvlshr x (_ bv3 64)) (_ bv7 64)) (_ bv7 64))))
(check-sat) (pop)

; Those of xstate.h.
(push) (echo "round_64")
(assert (not (= (bvand x (bvnot (_ bv63 64))) (bvsub x (bvurem x (_ bv64 64))))))
(check-sat) (pop)

(push) (echo "all_left")
(assert (not (= (low (up (of x) (_ bv64 128))) zero)))
(check-sat) (pop)

(push) (echo "lowest_left")
(assert (bvule (_ bv1 7) k)) (assert (bvule k (_ bv64 7)))
(assert (= (low (up (of x) (num k))) zero)) (assert (lowest_bit x (num n)))
(assert (not (bvuge (bvadd (num k) (num n)) (_ bv64 128))))
(check-sat) (pop)

(push) (echo "lowest_63")
(assert (bvule x #x7fffffffffffffff)) (assert (lowest_bit x (num n)))
(assert (not (bvult n (_ bv63 7))))
(check-sat) (pop)

(push) (echo "next_left")
(assert (lowest_bit x (num n))) (assert (= (bvadd (num n) (num k)) (_ bv63 128)))
(assert (not (and (= (low (up (of (bvand x (bvsub x one))) (num k))) zero)
		  (bvult (bvand x (bvsub x one)) x))))
(check-sat) (pop)

; That of vfio_walk.h.
(push) (echo "bit_room")
(assert (bvult (num n) (_ bv64 128)))
(assert (not (bvule (up (_ bv1 128) (num n)) (of #xffffffffffffffff))))
(check-sat) (pop)

; Those of hole.h.
(define-fun above () word (bvand (bvsub y x) m))
(define-fun below () word (bvand (bvsub x y) m))
(declare-const z word)
(define-fun no_carry ((v word) (w word)) Bool (bvule v (bvadd v w)))

(push) (echo "up_meets")
(assert (pow2 a)) (assert (bvule y m)) (assert (no_carry x above))
(assert (not (= (bvand (bvadd x above) m) y)))
(check-sat) (pop)

(push) (echo "up_least")
(assert (pow2 a)) (assert (bvule y m)) (assert (bvule x z)) (assert (= (bvand z m) y))
(assert (not (and (no_carry x above) (bvule (bvadd x above) z))))
(check-sat) (pop)

(push) (echo "down_meets")
(assert (pow2 a)) (assert (bvule y m)) (assert (bvule below x))
(assert (not (= (bvand (bvsub x below) m) y)))
(check-sat) (pop)

(push) (echo "down_least")
(assert (pow2 a)) (assert (bvule y m)) (assert (bvule z x)) (assert (= (bvand z m) y))
(assert (not (and (no_carry z below) (bvule (bvadd z below) x))))
(check-sat) (pop)

(push) (echo "or_more")
(assert (not (bvule x (bvor x y))))
(check-sat) (pop)
